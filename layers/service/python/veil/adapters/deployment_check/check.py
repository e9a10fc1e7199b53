"""The whole check, step by step."""

from veil.adapters.deployment_check.checklist import Checklist
from veil.adapters.deployment_check.deployed_api import DeployedApi
from veil.adapters.deployment_check.doors import Doors
from veil.adapters.deployment_check.photos import Photos


def check_doors(checklist: Checklist, doors: Doors) -> None:
    """Check who gets in by which paths."""
    checklist.take("sign-in", doors.sign_in)
    checklist.take("sign-in, slash at the end", doors.sign_in_with_slash)
    checklist.take("refusals", doors.refusals)
    checklist.take("paths", doors.paths, needs=["sign-in"])
    checklist.take("paths, slash at the end", doors.paths_with_slash, needs=["sign-in"])
    checklist.take("preflight", doors.preflight)


def check_photos(checklist: Checklist, photos: Photos) -> None:
    """Check a picture's way, and delete what was made even if somebody ends the check meanwhile."""
    try:
        checklist.take("task", photos.create, needs=["sign-in"])
        checklist.take("upload, preflight", photos.upload_preflight, needs=["task"])
        checklist.take("upload", photos.upload, needs=["task"])
        checklist.take("photo", photos.finish, needs=["upload"])
        checklist.take("download", photos.download, needs=["photo"])
        checklist.take("v1 file", photos.send_by_v1, needs=["sign-in"])
        checklist.take("webhook", photos.call_webhook, needs=["photo"])
    finally:
        checklist.take("clean-up", photos.clean_up)


def check_api(
    checklist: Checklist, url: str, username: str, password: str, *, webhook: str | None, patience_seconds: float
) -> None:
    """Check what a customer sees at the address."""
    api = DeployedApi(url)
    check_doors(checklist, Doors(api, username, password))
    check_photos(checklist, Photos(api, webhook=webhook, patience_seconds=patience_seconds))

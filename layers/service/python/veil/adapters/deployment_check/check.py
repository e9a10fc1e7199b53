"""The whole check, step by step."""

from veil.adapters.deployment_check.access import ApiAccess
from veil.adapters.deployment_check.checklist import Checklist
from veil.adapters.deployment_check.deployed_api import DeployedApi
from veil.adapters.deployment_check.job import Job
from veil.adapters.deployment_check.uploads import Uploads


def check_access(checklist: Checklist, access: ApiAccess) -> None:
    """Check who gets in by which paths."""
    checklist.take("sign-in", access.sign_in)
    checklist.take("sign-in, slash at the end", access.sign_in_with_slash)
    checklist.take("refusals", access.refusals)
    checklist.take("paths", access.paths, needs=["sign-in"])
    checklist.take("paths, slash at the end", access.paths_with_slash, needs=["sign-in"])
    checklist.take("preflight", access.preflight)


def check_uploads(checklist: Checklist, uploads: Uploads, *, with_video: bool) -> None:
    """Check a photo's and a video's way, and delete what was made even if somebody ends the check meanwhile."""
    try:
        checklist.take("task", uploads.create, needs=["sign-in"])
        checklist.take("upload, preflight", uploads.upload_preflight, needs=["task"])
        checklist.take("upload", uploads.upload, needs=["task"])
        checklist.take("photo", uploads.finish, needs=["upload"])
        checklist.take("download", uploads.download, needs=["photo"])
        checklist.take("v1 file", uploads.send_by_v1, needs=["sign-in"])
        if with_video:
            checklist.take("video", uploads.send_video, needs=["photo"])
        checklist.take("webhook", uploads.call_webhook, needs=["photo"])
    finally:
        checklist.take("clean-up", uploads.clean_up)


def check_api(
    checklist: Checklist,
    url: str,
    username: str,
    password: str,
    *,
    webhook: str | None,
    key: str | None,
    with_video: bool,
    patience_seconds: float,
) -> None:
    """Check what a customer sees at the address."""
    api = DeployedApi(url)
    check_access(checklist, ApiAccess(api, username, password))
    uploads = Uploads(api, webhook=webhook, patience_seconds=patience_seconds)
    check_uploads(checklist, uploads, with_video=with_video)
    job = Job(api, key, patience_seconds=patience_seconds)
    checklist.take("API keys", job.refusal)
    checklist.take("job", job.send_in_blocks)

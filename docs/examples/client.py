"""A complete client of the v2 API: a photo or video in, the anonymized one, its masks and its metadata out.

Copy it into your project; it needs only `requests`.
"""

import json
import time
from pathlib import Path
from typing import Any

import requests
from requests.auth import AuthBase

FILES = {
    "anonymized_url": "anonymized",
    "binary_mask_url": "binary_mask",
    "instance_mask_url": "instance_mask",
}
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
}
# Of the hour that a token lasts.
TOKEN_SECONDS = 3000


class Account(AuthBase):
    """Signs requests in: a token lasts an hour, and work on a long video longer, so it fetches a new one in time."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.base_url = base_url
        self._credentials = {"username": username, "password": password}
        self._token, self._until = "", 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put a token that is valid into the headers."""
        if time.monotonic() >= self._until:
            asked_at = time.monotonic()
            answer = _json(requests.post(f"{self.base_url}/v2/signin", json=self._credentials, timeout=30))
            self._token, self._until = answer["AccessToken"], asked_at + TOKEN_SECONDS
        request.headers["Authorization"] = self._token
        return request


def anonymize(account: Account, source: Path, **parameters: Any) -> dict[str, Any]:
    """Upload a photo or video, wait until it is anonymized, and return the finished task.

    Raises:
        RuntimeError: The task failed; the text names the cause.
    """
    task = _json(requests.post(f"{account.base_url}/v2/task", auth=account, json=parameters, timeout=30))
    with source.open("rb") as file:
        # No Content-Type: the service looks at the bytes.
        requests.put(task["upload_url"], data=file, timeout=300).raise_for_status()
    return _wait(account, task["task_id"])


def download(account: Account, task: dict[str, Any], folder: Path) -> list[Path]:
    """Save everything the task made into the folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    saved = []
    for field, name in FILES.items():
        if not task.get(field):  # masks that nobody asked for
            continue
        answer = requests.get(task[field], timeout=300)
        answer.raise_for_status()
        suffix = SUFFIXES[answer.headers["Content-Type"]]
        saved.append(folder / f"{name}{suffix}")
        saved[-1].write_bytes(answer.content)
    metadata = _json(requests.get(f"{account.base_url}/v2/task/{task['task_id']}/metadata", auth=account, timeout=30))
    saved.append(folder / "metadata.json")
    saved[-1].write_text(json.dumps(metadata, indent=2))
    return saved


def _wait(account: Account, task_id: int, *, patience_seconds: float = 600) -> dict[str, Any]:
    """Return a task once it is done; a long video may take hours, so only standing still ends the wait."""
    last, moved_at = None, time.monotonic()
    while time.monotonic() < moved_at + patience_seconds:
        task = _json(requests.get(f"{account.base_url}/v2/task/{task_id}", auth=account, timeout=30))
        if task["task_status"] == "done":
            return task
        if task["task_status"] == "failed":
            raise RuntimeError(f"The task failed: {task['failure_cause']}. {task.get('failure_reason', '')}")
        if (stands := (task["task_status"], task.get("progress"))) != last:
            last, moved_at = stands, time.monotonic()
        time.sleep(0.2)
    raise RuntimeError(f"The task stands still at {last}.")


def _json(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise RuntimeError(f"The service answered {answer.status_code}: {answer.text}")
    body: dict[str, Any] = answer.json()
    return body

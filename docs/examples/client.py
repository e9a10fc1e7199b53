"""A complete client of the v2 API: a photo or video in, the anonymized one, its masks and its metadata out.

Copy it into your project; it needs only `requests`.
"""

import json
import time
from pathlib import Path
from typing import Any

import requests

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


def sign_in(base_url: str, username: str, password: str) -> str:
    """Return an access token; it lasts an hour."""
    answer = requests.post(f"{base_url}/v2/signin", json={"username": username, "password": password}, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["AccessToken"])


def anonymize(base_url: str, token: str, source: Path, **parameters: Any) -> dict[str, Any]:
    """Upload a photo or video, wait until it is anonymized, and return the finished task.

    Raises:
        RuntimeError: The task failed; the text names the cause.
    """
    headers = {"Authorization": token}
    task = _json(requests.post(f"{base_url}/v2/task", headers=headers, json=parameters, timeout=30))
    with source.open("rb") as file:
        # No Content-Type: the service looks at the bytes.
        requests.put(task["upload_url"], data=file, timeout=300).raise_for_status()
    return _wait(f"{base_url}/v2/task/{task['task_id']}", headers)


def download(base_url: str, token: str, task: dict[str, Any], folder: Path) -> list[Path]:
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
    metadata = _json(
        requests.get(f"{base_url}/v2/task/{task['task_id']}/metadata", headers={"Authorization": token}, timeout=30)
    )
    saved.append(folder / "metadata.json")
    saved[-1].write_text(json.dumps(metadata, indent=2))
    return saved


def _wait(url: str, headers: dict[str, str], *, patience_seconds: float = 300) -> dict[str, Any]:
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        task = _json(requests.get(url, headers=headers, timeout=30))
        if task["task_status"] == "done":
            return task
        if task["task_status"] == "failed":
            raise RuntimeError(f"The task failed: {task['failure_cause']}")
        time.sleep(0.2)
    raise RuntimeError("The task took too long.")


def _json(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise RuntimeError(f"The service answered {answer.status_code}: {answer.text}")
    body: dict[str, Any] = answer.json()
    return body

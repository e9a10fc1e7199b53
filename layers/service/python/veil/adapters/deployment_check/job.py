"""A job's way as far as nothing is paid: sent in blocks, looked at, refused."""

import time
from collections.abc import Mapping
from typing import Any

from veil.adapters.deployment_check.checklist import NotCheckedError, StepFailedError
from veil.adapters.deployment_check.deployed_api import DeployedApi, expected
from veil.adapters.deployment_check.http_client import Answer, send

_LOOK_SECONDS = 1.0
_FAILED = 200
_BLOCKS = {"AA==": b"no photo, ", "_w==": b"so that it costs nothing and is not kept"}


class Job:
    """One job of an API key, whose header has an underscore that proxies like to drop."""

    def __init__(self, api: DeployedApi, key: str | None, *, patience_seconds: float) -> None:
        self._api = api
        self._key = key
        self._patience_seconds = patience_seconds

    def refusal(self) -> str:
        """Be refused without a key."""
        self._api.expect(401, "GET", "/v1/job_result/none", signed_in=False)
        return "a missing API key is refused with 401"

    def send_in_blocks(self) -> str:
        """Send in two blocks what is no photo, and wait until somebody has looked at it and says so.

        Raises:
            NotCheckedError: There is no key to do it with.
            StepFailedError: Something was answered that should not be.
        """
        if self._key is None:
            raise NotCheckedError("name an API key with --key")
        told = {"file_name": "check.txt", "model": "blur"}
        session = self._call(200, "POST", "create_upload_session", told=told)
        _upload(session.text("session_uri"))
        reason = self._why_it_failed(session.text("job_id"))
        return f"two blocks were taken and looked at: {reason}"

    def _why_it_failed(self, job_id: str) -> str:
        until = time.monotonic() + self._patience_seconds
        while time.monotonic() < until:
            report = self._call(200, "GET", f"job_result/{job_id}").object()
            if report.get("job_status") == _FAILED:
                return str(report.get("job_status_description"))
            time.sleep(_LOOK_SECONDS)
        raise StepFailedError(f"Nobody looked at the upload within {self._patience_seconds:.0f} s")

    def _call(self, status: int, method: str, path: str, *, told: Mapping[str, Any] | None = None) -> Answer:
        headers = {"access_token": self._key or ""}
        return self._api.expect(status, method, f"/v1/{path}", told=told, headers=headers, signed_in=False)


def _upload(uri: str) -> None:
    for block_id, block in _BLOCKS.items():
        answer = send("PUT", f"{uri}&comp=block&blockid={block_id}", headers={}, body=block)
        expected(201, answer, "PUT of a block")
    listed = "".join(f"<Latest>{block_id}</Latest>" for block_id in _BLOCKS)
    answer = send("PUT", f"{uri}&comp=blocklist", headers={}, body=f"<BlockList>{listed}</BlockList>".encode())
    expected(201, answer, "PUT of the list of blocks")

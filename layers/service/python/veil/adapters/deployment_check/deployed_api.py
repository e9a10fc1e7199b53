"""The API at an address, as its clients call it."""

import json
from collections.abc import Mapping
from typing import Any

from veil.adapters.deployment_check.checklist import StepFailedError
from veil.adapters.deployment_check.http_client import Answer, send


class DeployedApi:
    """Calls the API, with a token once somebody has signed in."""

    def __init__(self, url: str) -> None:
        """Name the address, without a slash at its end."""
        self.url = url
        self._token = ""

    def sign_in(self, path: str, username: str, password: str) -> None:
        """Ask for a token and keep it for what follows.

        Raises:
            StepFailedError: There is none.
        """
        told = {"username": username, "password": password}
        answer = self.expect(200, "POST", path, told=told, signed_in=False)
        self._token = answer.text("AccessToken")

    def call(
        self,
        method: str,
        path: str,
        *,
        told: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        signed_in: bool = True,
    ) -> Answer:
        """Send a request, with `told` as JSON or with `body` as it is."""
        sent = dict(headers or {})
        if signed_in:
            sent["Authorization"] = self._token
        if told is not None:
            sent["Content-Type"], body = "application/json", json.dumps(told).encode()
        return send(method, self.url + path, headers=sent, body=body)

    def expect(self, status: int, method: str, path: str, **request: Any) -> Answer:
        """Send a request as `call` does and return its answer.

        Raises:
            StepFailedError: The status is another one.
        """
        return expected(status, self.call(method, path, **request), f"{method} {path}")


def expected(status: int, answer: Answer, what: str) -> Answer:
    """Return the answer.

    Raises:
        StepFailedError: The status is another one; `what` says of what.
    """
    if answer.status != status:
        raise StepFailedError(f"{what} answered {answer.complaint()}, not {status}")
    return answer

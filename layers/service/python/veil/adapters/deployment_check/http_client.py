"""HTTP as a client of the API speaks it: no redirect is followed by itself, no status is an exception."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, UnknownHandler

from veil.adapters.deployment_check.checklist import StepFailedError

ANSWER_SECONDS = 60
# The firewall's rules refuse requests that name no program.
_USER_AGENT = "veil-cloud-check"
_S3_CODE = re.compile(rb"<Code>(\w+)</Code>")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes

    def object(self) -> dict[str, Any]:
        """Return the body, a JSON object.

        Raises:
            StepFailedError: It is something else.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise StepFailedError(f"The answer ({self.status}) is no JSON object")
        return found

    def text(self, key: str) -> str:
        """Return a value of the JSON object as text.

        Raises:
            StepFailedError: There is none.
        """
        value = self.object().get(key)
        if value is None:
            raise StepFailedError(f"The answer ({self.status}) has no {key}")
        return str(value)

    def complaint(self) -> str:
        """Return status and error text, as far as the answer tells one of the two kinds that are known."""
        if code := _S3_CODE.search(self.body):
            return f"{self.status} {code[1].decode()}"
        try:
            return f"{self.status} {self.object().get('error', '')}".strip()
        except StepFailedError:
            return str(self.status)


def _new_opener() -> OpenerDirector:
    """Return what opens http and https, by the proxy of the environment, and takes any status for an answer.

    Nothing in it follows redirects: where one leads is looked at first, and the token stays behind.
    """
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), UnknownHandler()):
        opener.add_handler(handler)
    return opener


_opener = _new_opener()


def send(method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """Send one request and return the answer, whatever its status.

    Raises:
        StepFailedError: There is none. The text does not show the URL, which may be a signed one.
    """
    sent = {"User-Agent": _USER_AGENT, **headers}
    try:
        request = Request(url, data=body, method=method, headers=sent)  # noqa: S310  # the opener knows http and https only
        with _opener.open(request, timeout=ANSWER_SECONDS) as response:
            return Answer(response.status, response.headers, response.read())
    except (OSError, HTTPException) as error:
        raise StepFailedError(f"No answer from {urlsplit(url).hostname}: {getattr(error, 'reason', error)}") from None
    except ValueError:
        raise StepFailedError("The service gave something that is no URL") from None

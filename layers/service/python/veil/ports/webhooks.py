"""How a webhook is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One signed POST. The URL and the body can contain secrets: never log them."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What is read of a receiver's answer: its status and its Retry-After header, if it sent one."""

    status: int
    retry_after: str | None = None


class WebhookSender(Protocol):
    """Calls webhooks, and nothing that is not public."""

    def send(self, call: WebhookCall) -> WebhookAnswer:
        """POST the call once, without following redirects, and return the answer whatever its status.

        Raises:
            WebhookRefusedError: The address is not one that is called.
            WebhookCallError: No answer came.
        """

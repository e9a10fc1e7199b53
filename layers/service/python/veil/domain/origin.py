"""How a task was asked for. Every API makes the same tasks; what differs is how they are told about."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from veil.domain.errors import PolicyError

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110, section 5.6.2
_HEADER_VALUE = re.compile(r"[!-~]([ -~]{0,4094}[!-~])?")
_TAKEN = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)


class Api(StrEnum):
    """The API that a task came in by."""

    V2 = "v2"
    V1 = "v1"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class WebhookHeader:
    """A header by which a webhook's receiver knows its caller. The value is a secret: never log it."""

    name: str
    value: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would change the call itself.

        Raises:
            PolicyError: The name is no header's or is one that the call has already, or the value is not plain text.
        """
        if (
            not _HEADER_NAME.fullmatch(self.name)
            or self.name.lower() in _TAKEN
            or self.name.lower().startswith("webhook-")
        ):
            raise PolicyError("webhook_header", "The name must be one of a header that the call does not have yet.")
        if not _HEADER_VALUE.fullmatch(self.value):
            raise PolicyError("webhook_header", "The value must be at most 4096 printable characters of ASCII.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a task was asked for.

    Attributes:
        api: Decides in whose words the webhook is told.
        name: The file's name as its owner calls it; None where none was given.
        webhook_header: Sent along with the webhook call.
        job: The job whose task it is; None for a task that was asked for by itself.
        member: Which file of the job's archive it is, from 0.
        cost: In credits, of a file in an archive; None where the job has no other.
    """

    api: Api = Api.V2
    name: str | None = None
    webhook_header: WebhookHeader | None = None
    job: str | None = None
    member: int = 0
    cost: int | None = None


V2 = Origin()

# File systems take 255 bytes.
_LONGEST_NAME_BYTES = 200


def file_name(text: str) -> str | None:
    """Return a name that a client gave its file as one that any folder takes, or None where nothing is left of it.

    Without folders and without what cannot be printed; never hidden, never long.
    """
    last = text.replace("\\", "/").rpartition("/")[2]
    printable = "".join(each for each in last if each.isprintable()).strip().lstrip(".")
    return printable.encode()[-_LONGEST_NAME_BYTES:].decode(errors="ignore").lstrip(". ") or None

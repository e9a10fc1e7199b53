"""What jobs cost, and the entries of the ledger that every balance is the sum of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from veil.domain.media import MediaType
from veil.domain.policy import Policy


class EntryKind(StrEnum):
    """Why a balance changed.

    `GRANTED` is an operator's. A job's approval is `RESERVED`; its end is `SETTLED`, which gives back what was not
    used, or `RELEASED`, which gives back everything.
    """

    GRANTED = "granted"
    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntry:
    """One line of the ledger, never changed once written.

    Attributes:
        entry_id: Unique: a function of the job and what happened to it, so that nothing is entered twice.
        amount: What is added to the key's balance, in credits; negative when it is taken.
    """

    entry_id: str
    key_id: str
    kind: EntryKind
    amount: int
    entered_at: datetime
    job_id: str | None = None


class Measure(NamedTuple):
    """What of a file its price depends on. `seconds` is 0 for a picture."""

    media_type: MediaType
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What is charged, in whole credits.

    Attributes:
        image: For a picture.
        video_second: For each second of a video that has begun; a video has at least one.
        further_class: For each class beyond the first that is hidden, as often as the above.
    """

    image: int = 1
    video_second: int = 1
    further_class: int = 0

    def cost(self, measure: Measure, policy: Policy) -> int:
        """Return what a file costs under a policy."""
        further = self.further_class * (len(policy.classes) - 1)
        if measure.media_type.is_video:
            return max(1, ceil(measure.seconds)) * (self.video_second + further)
        return self.image + further


DEFAULT_PRICES = Prices()

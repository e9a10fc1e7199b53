"""Tasks, events, deliveries, API keys, credits and jobs as JSON text, for every store that keeps text."""

from typing import Generic, TypeVar

import msgspec

from veil.domain.api_key import ApiKey
from veil.domain.credits import CreditEntry
from veil.domain.deliveries import Delivery
from veil.domain.events import JobEvent, TaskEvent
from veil.domain.job import Job
from veil.domain.policy import Policy
from veil.domain.task import Task

Kept = TypeVar("Kept")


class RecordFormat(Generic[Kept]):
    """How one domain type is written down and read again.

    Every field is written, defaults too, so that a task keeps its policy when a default changes.
    A field that an older record lacks takes the default of its dataclass. No migration renames a field: DynamoDB has
    none, and what was written before must be read in every store.
    """

    def __init__(self, kind: type[Kept]) -> None:
        self._decoder = msgspec.json.Decoder(kind)

    def dump(self, value: Kept) -> str:
        """Return the value as JSON."""
        return msgspec.json.encode(value).decode()

    def load(self, text: str) -> Kept:
        """Return the value that `dump` wrote.

        Raises:
            msgspec.ValidationError: A field has another type, or a field without a default is missing.
        """
        return self._decoder.decode(_renamed(text))


def _renamed(text: str) -> str:
    """Return a record with the names that fields have now. Quotes inside of values are escaped, so only keys match."""
    return text.replace('"look":', '"method":')


POLICIES = RecordFormat(Policy)
TASKS = RecordFormat(Task)
EVENTS = RecordFormat(TaskEvent)
JOB_EVENTS = RecordFormat(JobEvent)
DELIVERIES = RecordFormat(Delivery)
API_KEYS = RecordFormat(ApiKey)
CREDIT_ENTRIES = RecordFormat(CreditEntry)
JOBS = RecordFormat(Job)

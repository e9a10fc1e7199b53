"""Tasks, events and deliveries as JSON text, for every store that keeps text."""

from typing import Generic, TypeVar

from pydantic import TypeAdapter

from veil.domain.deliveries import Delivery
from veil.domain.events import TaskEvent
from veil.domain.task import Task

Kept = TypeVar("Kept")


class RecordFormat(Generic[Kept]):
    """How one domain type is written down and read again.

    Every field is written, defaults too, so that a task keeps its policy when a default changes.
    A field that an older record lacks takes the default of its dataclass.
    """

    def __init__(self, kind: type[Kept]) -> None:
        self._adapter = TypeAdapter(kind)

    def dump(self, value: Kept) -> str:
        """Return the value as JSON."""
        return self._adapter.dump_json(value).decode()

    def load(self, text: str) -> Kept:
        """Return the value that `dump` wrote.

        Raises:
            pydantic.ValidationError: A field has another type, or a field without a default is missing.
        """
        return self._adapter.validate_json(text, strict=True)


TASKS = RecordFormat(Task)
EVENTS = RecordFormat(TaskEvent)
DELIVERIES = RecordFormat(Delivery)

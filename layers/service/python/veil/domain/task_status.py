"""Where a task stands, and how far telling its webhook got."""

from enum import StrEnum


class TaskStatus(StrEnum):
    """Where a task stands. Only a `DONE` task has anything to download; a `FORGOTTEN` one looks like none."""

    NEW = "new"
    QUEUED = "queued"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    DELETED = "deleted"
    FORGOTTEN = "forgotten"


UNFINISHED = frozenset({TaskStatus.NEW, TaskStatus.QUEUED, TaskStatus.PROCESSING})
GONE = frozenset({TaskStatus.DELETED, TaskStatus.FORGOTTEN})
SHOWN = tuple(status for status in TaskStatus if status is not TaskStatus.FORGOTTEN)
STARTED = frozenset(SHOWN) - {TaskStatus.NEW}
"""What numbered lists show: the older APIs know no task without its file."""


class WebhookStatus(StrEnum):
    """How far telling the task's webhook got (names: contracts/celantur.md A.11)."""

    EMPTY = "empty"
    SET = "set"
    SENT = "sent"
    FAILED = "failed"

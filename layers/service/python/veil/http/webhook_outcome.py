"""How a task ended, as webhooks tell it."""

from collections.abc import Mapping

from veil.domain.task import Task, TaskStatus
from veil.http.failures import failure_of

Fields = dict[str, str | int | None]


def outcome(task: Task, key: str, states: Mapping[TaskStatus, str]) -> Fields:
    """Return the outcome under a key of the contract's and in its words.

    It is the one that the event announced, also when the task was deleted since; cause and reason are told of a failed
    task only.
    """
    return {key: states[TaskStatus.FAILED if task.failure_cause else TaskStatus.DONE], **failure_of(task)}

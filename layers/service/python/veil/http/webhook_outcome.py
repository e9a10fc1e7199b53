"""How a task ended, as webhooks tell it."""

from collections.abc import Mapping

from veil.domain.task import Task, TaskStatus

Fields = dict[str, str | int | None]


def outcome(task: Task, key: str, states: Mapping[TaskStatus, str]) -> Fields:
    """Return the outcome under a key of the contract's and in its words.

    It is the one that the event announced, also when the task was deleted since; `failure_cause` is there for a failed
    task only.
    """
    if task.failure_cause:
        return {key: states[TaskStatus.FAILED], "failure_cause": task.failure_cause}
    return {key: states[TaskStatus.DONE]}

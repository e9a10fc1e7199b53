"""Stop a task whose result nobody wants any more."""

from veil.domain.task import Task
from veil.ports.clock import Clock
from veil.ports.stores import TaskStore
from veil.use_cases.change import transition


def cancel_task(owner: str, task_id: int, *, tasks: TaskStore, clock: Clock) -> Task:
    """End the task without a result and return it; its upload stays until it is deleted.

    Whoever works on it learns of it from the store, at the next renewal of the lease, and publishes nothing.

    Raises:
        TaskNotFoundError: There is no such task.
        TaskDeletedError: It was deleted.
        StaleTaskError: It has ended already.
    """
    return transition(tasks, owner, task_id, lambda task: task.cancelled(clock.now()))

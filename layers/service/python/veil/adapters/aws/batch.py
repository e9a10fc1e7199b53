"""The batch lane: AWS Batch jobs, each with a list of tasks to work on."""

import json
from collections.abc import Sequence

from veil.adapters.aws.clients import AwsClients
from veil.ports.queue import TaskRef

TASKS_VARIABLE = "VEIL_TASKS"
"""The environment variable that names a job's tasks."""
MAX_TASKS = 50
# Batch takes 8,192 characters of overrides for one container; the rest is room for its own.
MAX_CHARACTERS = 7000


class BatchLane:
    """Jobs of one definition on one queue."""

    def __init__(self, clients: AwsClients, *, queue: str, definition: str) -> None:
        self._clients = clients
        self._queue = queue
        self._definition = definition

    def submit(self, refs: Sequence[TaskRef]) -> str:
        """Start one job for the tasks and return its id.

        Submitting the same tasks twice does no harm: the second job finds them claimed.

        Raises:
            ValueError: There are no tasks, or more than fit one job.
        """
        job = self._clients.batch.submit_job(
            jobName=_job_name(refs),
            jobQueue=self._queue,
            jobDefinition=self._definition,
            containerOverrides={"environment": [{"name": TASKS_VARIABLE, "value": dump_refs(refs)}]},
        )
        return job["jobId"]


def dump_refs(refs: Sequence[TaskRef]) -> str:
    """Return the tasks as the text that a job gets.

    Raises:
        ValueError: There are no tasks, or more than fit one job.
    """
    written = json.dumps([[ref.owner, ref.task_id] for ref in refs], separators=(",", ":"))
    if not 1 <= len(refs) <= MAX_TASKS or len(written) > MAX_CHARACTERS:
        raise ValueError(f"A job takes 1 to {MAX_TASKS} tasks in {MAX_CHARACTERS} characters, not {len(refs)}.")
    return written


def load_refs(written: str) -> tuple[TaskRef, ...]:
    """Return the tasks that `dump_refs` wrote."""
    return tuple(TaskRef(str(owner), int(task_id)) for owner, task_id in json.loads(written))


def _job_name(refs: Sequence[TaskRef]) -> str:
    """Return a name of letters, digits and hyphens that says which tasks, not whose."""
    return f"veil-{refs[0].task_id}-{len(refs)}" if refs else "veil"

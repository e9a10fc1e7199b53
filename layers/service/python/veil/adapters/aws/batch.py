"""The batch lane: AWS Batch jobs, each with a list of tasks to work on, or with one video.

A long video has two: an array job, whose children look at their shares of its segments side by side, and after it the
job that takes the task, finds what was seen, looks at what is missing, and writes the result.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

from veil.adapters.aws.clients import AwsClients
from veil.ports.queue import TaskRef

if TYPE_CHECKING:
    from types_boto3_batch.type_defs import (
        ArrayPropertiesTypeDef,
        JobDependencyTypeDef,
        JobTimeoutTypeDef,
        KeyValuePairTypeDef,
    )

TASKS_VARIABLE = "VEIL_TASKS"
"""The environment variable that names a job's tasks."""
LOOKERS_VARIABLE = "VEIL_LOOKERS"
"""The environment variable of jobs that only look at segments: how many share a video."""
MAX_TASKS = 50
# Batch takes 8,192 characters of overrides for one container; the rest is room for its own.
MAX_CHARACTERS = 7000
# Pixels of all frames. What a child of an array looks at: with less, starting a machine takes longer than it saves.
SHARE = 20_000_000_000
# Assumed, never measured on a GPU: half of what four processors look at. A time limit only ends what hangs.
SLOWEST_PIXELS_A_SECOND = 3_000_000
LEAST_SECONDS, MOST_SECONDS = 2 * 3600, 7 * 24 * 3600


class _JobOptions(TypedDict, total=False):
    """What some jobs are submitted with, in the words of AWS Batch."""

    timeout: "JobTimeoutTypeDef"
    arrayProperties: "ArrayPropertiesTypeDef"
    dependsOn: "Sequence[JobDependencyTypeDef]"


class BatchLane:
    """Jobs of one definition on one queue."""

    def __init__(self, clients: AwsClients, *, queue: str, definition: str, most_workers: int = 1) -> None:
        """Use the lane; so many jobs of it run at once."""
        self._clients = clients
        self._most_workers = most_workers
        self._queue = queue
        self._definition = definition

    def submit(self, refs: Sequence[TaskRef]) -> str:
        """Start one job for the tasks and return its id.

        Submitting the same tasks twice does no harm: the second job finds them claimed.

        Raises:
            ValueError: There are no tasks, or more than fit one job.
        """
        return self._submit(_job_name(refs), _tasks(refs))

    def submit_video(self, ref: TaskRef, pixels: int, *, is_looked_at: bool) -> str:
        """Start what works on a video with so many pixels in all of its frames; return the job that takes the task.

        What is only drawn again has no job that looks.

        Submitting it twice does no harm: what was seen is not looked at again, and the second job finds it claimed.
        """
        name, limit = _job_name([ref]), _time_limit(pixels)
        lookers = min(self._most_workers, pixels // SHARE) if is_looked_at else 0
        if lookers < 2:  # noqa: PLR2004  # one job can do that alone
            return self._submit(name, _tasks([ref]), timeout=limit)
        looking = self._submit(
            f"{name}-look",
            [*_tasks([ref]), {"name": LOOKERS_VARIABLE, "value": str(lookers)}],
            timeout=_time_limit(pixels // lookers),
            arrayProperties={"size": lookers},
        )
        return self._submit(name, _tasks([ref]), timeout=limit, dependsOn=[{"jobId": looking}])

    def _submit(self, name: str, environment: "Sequence[KeyValuePairTypeDef]", **options: Unpack[_JobOptions]) -> str:
        job = self._clients.batch.submit_job(
            jobName=name,
            jobQueue=self._queue,
            jobDefinition=self._definition,
            containerOverrides={"environment": environment},
            **options,
        )
        return job["jobId"]


def _tasks(refs: Sequence[TaskRef]) -> "list[KeyValuePairTypeDef]":
    return [{"name": TASKS_VARIABLE, "value": dump_refs(refs)}]


def _time_limit(pixels: int) -> "JobTimeoutTypeDef":
    seconds = min(max(pixels // SLOWEST_PIXELS_A_SECOND, LEAST_SECONDS), MOST_SECONDS)
    return {"attemptDurationSeconds": seconds}


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

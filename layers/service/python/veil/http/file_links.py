"""Where the v1 APIs answer with a task's files: addresses that last, unlike signed ones, but need a token."""

from collections.abc import Mapping

from veil.domain.media import Artifact
from veil.domain.task import Task
from veil.domain.task_status import GONE
from veil.http.file_id import file_id_of


def file_links(task: Task, paths: Mapping[Artifact, str], api_url: str) -> dict[str, str | None]:
    """Return the address of each file that the API has a path for, or None where the task has no such file.

    The keys are the API's own names of the files, with underscores.

    Args:
        task: The task.
        paths: Where the API has each file, below the address of the task.
        api_url: Where clients reach the service, without a slash at its end.
    """
    base = f"{api_url}/v1/file/{file_id_of(task.task_id)}"
    return {name_of(path): f"{base}/{path}" if _has(task, each) else None for each, path in paths.items()}


def name_of(path: str) -> str:
    """Return the name of a file as bodies write it."""
    return path.replace("-", "_")


def _has(task: Task, artifact: Artifact) -> bool:
    if artifact is Artifact.ORIGINAL:
        return task.media_type is not None and task.status not in GONE
    return artifact in task.artifacts

"""Tell an owner about tasks."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from veil.domain.errors import TaskDeletedError
from veil.domain.media import DOWNLOAD_URL_LIFE, Artifact
from veil.domain.task import Task, TaskStatus
from veil.domain.task_status import SHOWN
from veil.ports.media import MediaStore
from veil.ports.stores import TaskPage, TaskQuery, TaskStore
from veil.use_cases.change import find


def show_task(owner: str, task_id: int, *, tasks: TaskStore) -> Task:
    """Return the owner's task.

    Raises:
        TaskNotFoundError: There is none; another owner's task looks the same.
        TaskDeletedError: It was deleted.
    """
    task = find(tasks, owner, task_id)
    if task.status is TaskStatus.DELETED:
        raise TaskDeletedError(f"Task {task_id} is deleted.")
    return task


def list_tasks(owner: str, query: TaskQuery, *, tasks: TaskStore) -> TaskPage:
    """Return the owner's tasks, newest first, deleted ones included."""
    return tasks.list(owner, _of_known(query))


def count_tasks(owner: str, query: TaskQuery, *, tasks: TaskStore) -> int:
    """Return how many tasks `list_tasks` has for the query on all its pages."""
    return tasks.count(owner, _of_known(query))


def _of_known(query: TaskQuery) -> TaskQuery:
    return query if query.statuses else replace(query, statuses=frozenset(SHOWN))


def download_urls(task: Task, *, media: MediaStore) -> dict[Artifact, str]:
    """Return a fresh URL for each picture the task has to download; none before it is done."""
    pictures = (Artifact.ANONYMIZED, Artifact.BINARY_MASK, Artifact.INSTANCE_MASK)
    keys = {each: task.key_of(each) for each in pictures}
    return {each: media.download_url(key, life=DOWNLOAD_URL_LIFE) for each, key in keys.items() if key}


def read_document(
    task: Task, document: Literal[Artifact.METADATA, Artifact.REPORT], *, media: MediaStore
) -> str | None:
    """Return one of the task's JSON documents, or None before it is done."""
    key = task.key_of(document)
    if key is None:
        return None
    with TemporaryDirectory() as folder:
        return media.fetch(key, Path(folder)).read_text(encoding="utf-8")


def read_frames(task: Task, first: int, last: int, *, media: MediaStore) -> str | None:
    """Return the metadata of a video's frames from `first` to `last`, both included, or None before it is done.

    The document that workers write has a head in its first line, and then a frame in each; so no more of it is read
    than is asked for, and nothing of it is understood here.
    """
    key = task.key_of(Artifact.METADATA)
    if key is None:
        return None
    with TemporaryDirectory() as folder, media.fetch(key, Path(folder)).open(encoding="utf-8") as document:
        head = document.readline().rstrip("\n")
        frames = [line.rstrip(",\n") for line in islice(document, first, last + 1) if line.startswith("{")]
    return f"{head}{','.join(frames)}]}}"

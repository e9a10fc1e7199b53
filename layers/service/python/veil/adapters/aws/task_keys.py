"""Where tasks lie in the table, and how a record becomes a task."""

import zlib
from datetime import timedelta

from veil.adapters.aws.table import EXPIRES, Item, Key, expiry, item_of
from veil.adapters.records import TASKS
from veil.domain.task import Task

LARGEST_ID = 2**63 - 1

# Ids are made of the time: nothing needs one that is taken for longer.
_DAY = timedelta(days=1)


def job_partition(job_id: str) -> str:
    """Return the partition of a job and of the list of its tasks."""
    return f"job#{job_id}"


def key_of_task(owner: str, task_id: int) -> Key:
    """Return the key of a task's record."""
    return Key(f"owner#{owner}", sort_key(task_id))


def sort_key(task_id: int) -> str:
    """Return the id as text, padded, so that the order of texts is the order of numbers."""
    return f"{task_id:019}"


def taken_id(task: Task) -> Item:
    """Return the item that keeps two owners from having tasks of one id."""
    return item_of(Key(f"id#{task.task_id}", "id"), **{EXPIRES: expiry(task.created_at + _DAY)})


def task_of(item: Item) -> Task:
    """Return the task of a record."""
    return TASKS.load(zlib.decompress(item["record"]["B"]).decode())

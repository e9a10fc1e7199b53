"""Tasks in DynamoDB, each change written with the event that tells of it (`event_items.py`)."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from veil.adapters.aws.deliveries import delivery_item
from veil.adapters.aws.event_items import task_event
from veil.adapters.aws.table import (
    EXPIRES,
    LISTED,
    PARTITION_KEY,
    SORT_KEY,
    Item,
    Key,
    Table,
    WriteRefusedError,
    expiry,
    item_of,
    microseconds,
    number,
    portions,
    shelved,
    text,
)
from veil.adapters.aws.task_keys import LARGEST_ID, job_partition, key_of_task, sort_key, taken_id, task_of
from veil.adapters.aws.task_queries import ids_of, most_queries, page_of, portion, request, request_for_listed, wanted
from veil.adapters.aws.writes import Put
from veil.adapters.records import TASKS
from veil.domain.deliveries import Delivery
from veil.domain.errors import StaleTaskError, TaskIdTakenError
from veil.domain.task import UNFINISHED, Task, TaskStatus, Transition, WebhookStatus
from veil.domain.task_status import STARTED
from veil.ports.stores import TaskPage, TaskQuery

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import QueryOutputTypeDef

MAX_COUNT_QUERIES = 100

_UNFINISHED = "unfinished"
_UNTOLD = "untold"
_ALL_STARTED = TaskQuery(limit=0, statuses=STARTED)
_NEW = f"attribute_not_exists({PARTITION_KEY})"
_TASK_OF_JOB = "task#"
LONGEST_JOB = timedelta(days=60)
"""Longer than a job can last: a week until its approval, and the work of its tasks."""


class DynamoTaskStore:
    """Tasks of all owners in one table."""

    def __init__(self, table: Table, *, retention: timedelta) -> None:
        """Keep tasks that ended, however they did, for `retention` after their last transition."""
        self._table = table
        self._retention = retention

    def add(self, created: Transition) -> None:
        """Save a new task and its event.

        Raises:
            TaskIdTakenError: A task of any owner has this id.
        """
        task = created.task
        new = [Put(self._item(task), _NEW), Put(taken_id(task), _NEW), task_event(created)]
        if task.origin.job is not None:
            new.append(Put(self._entry_of_job(task, task.origin.job)))
        try:
            self._table.write(*new)
        except WriteRefusedError as error:
            raise TaskIdTakenError(f"There is a task {task.task_id} already.") from error

    def save(self, moved: Transition) -> None:
        """Replace the task's version before this one, and save the event, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        self._replace(moved.task, task_event(moved))

    def update(self, task: Task, delivery: Delivery | None = None) -> None:
        """Replace the task's version before this one, without an event, and save the delivery, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        self._replace(task, *([Put(delivery_item(delivery, self._retention))] if delivery else []))

    def get(self, owner: str, task_id: int) -> Task | None:
        """Return the owner's task, or None."""
        if not 0 <= task_id <= LARGEST_ID:
            return None
        item = self._table.get(key_of_task(owner, task_id))
        return task_of(item) if item else None

    def list(self, owner: str, query: TaskQuery) -> TaskPage:
        """Return the owner's tasks that the query asks for, newest first.

        Where a filter leaves little of very many tasks, the page may be short and still have a next one.
        """
        found: list[Item] = []
        last_key = None
        for answer in islice(self._answers(owner, query, Limit=portion(query)), most_queries(query)):
            found += answer["Items"]
            last_key = answer.get("LastEvaluatedKey")
            if len(found) >= wanted(query):
                break
        return page_of(found, query, last_key)

    def count(self, owner: str, query: TaskQuery) -> int:
        """Return how many tasks there are for the query on all its pages.

        Of all that numbered lists show an index is asked, some 8,000 at a time, which may not know yet what changed a
        moment ago. Any other query reads about 700 tasks at a time. After `MAX_COUNT_QUERIES` times only the newest
        are counted.
        """
        if replace(query, limit=0, skip=0, before=None) == _ALL_STARTED:
            answers = self._table.pages(**request_for_listed(owner))
        else:
            answers = self._answers(owner, replace(query, before=None), Select="COUNT")
        return sum(answer["Count"] for answer in islice(answers, MAX_COUNT_QUERIES))

    def of_job(self, owner: str, job_id: str) -> Sequence[Task]:
        """Return the job's tasks, oldest first."""
        entries = self._table.partition(job_partition(job_id), _TASK_OF_JOB)
        keys = (key_of_task(owner, int(item[SORT_KEY]["S"].removeprefix(_TASK_OF_JOB))) for item in entries)
        return [task_of(item) for some in portions(keys) for item in self._table.get_many(some)]

    def count_of_job(self, owner: str, job_id: str) -> Mapping[TaskStatus, int]:
        """Return how many of the job's tasks are in each status."""
        return Counter(task.status for task in self.of_job(owner, job_id))

    def unfinished(self, statuses: frozenset[TaskStatus] = UNFINISHED) -> Iterable[Task]:
        """Return every owner's tasks in these of the unfinished statuses, oldest first.

        A task that was added a moment ago may be missing; one that has ended never appears.
        """
        for keys in portions(self._table.on_shelf(_UNFINISHED)):
            found = map(task_of, self._table.get_many(keys))
            yield from (task for task in found if task.status in statuses)

    def untold(self, until: datetime) -> Iterator[Task]:
        """Yield every owner's tasks that ended by then and whose webhook has not been told for good, oldest first."""
        for keys in portions(self._table.on_shelf(_UNTOLD, until=microseconds(until))):
            found = map(task_of, self._table.get_many(keys))
            yield from (task for task in found if task.webhook_status is WebhookStatus.SET)

    def _answers(self, owner: str, query: TaskQuery, **how: Any) -> "Iterator[QueryOutputTypeDef]":
        ids = ids_of(query)
        if ids:
            yield from self._table.pages(**request(owner, query, ids), **how)

    def _replace(self, task: Task, *others: Put) -> None:
        before = Put(self._item(task), "version = :before", {":before": number(task.version - 1)})
        try:
            self._table.write(before, *others)
        except WriteRefusedError as error:
            raise StaleTaskError(f"Task {task.task_id} was changed by somebody else.") from error

    def _entry_of_job(self, task: Task, job_id: str) -> Item:
        """Return the item that lists the task as the job's: read consistently, as no index is."""
        key = Key(job_partition(job_id), f"{_TASK_OF_JOB}{sort_key(task.task_id)}")
        return item_of(key, **{EXPIRES: expiry(task.created_at + LONGEST_JOB + self._retention)})

    def _item(self, task: Task) -> Item:
        item = item_of(
            key_of_task(task.owner, task.task_id),
            # `status` is a word of DynamoDB's own.
            task_status=text(task.status),
            created_at=number(microseconds(task.created_at)),
            version=number(task.version),
            # Compressed, a usual record fits one kilobyte, the unit that writes are counted and limited by.
            record={"B": zlib.compress(TASKS.dump(task).encode())},
        )
        if task.status in STARTED:
            item = {**item, LISTED: text(task.owner)}
        if task.status in UNFINISHED:
            return {**item, **shelved(_UNFINISHED, str(task.task_id), task.task_id)}
        over = {**item, EXPIRES: expiry(task.updated_at + self._retention)}
        if task.ending is None or task.webhook_status is not WebhookStatus.SET:
            return over
        return {**over, **shelved(_UNTOLD, str(task.task_id), microseconds(task.updated_at))}

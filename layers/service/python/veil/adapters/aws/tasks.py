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
from veil.adapters.aws.writes import Put
from veil.adapters.records import TASKS
from veil.domain.deliveries import Delivery
from veil.domain.errors import StaleTaskError, TaskIdTakenError
from veil.domain.task import UNFINISHED, Task, TaskStatus, Transition, WebhookStatus
from veil.domain.task_status import STARTED
from veil.ports.stores import TaskPage, TaskQuery

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import QueryOutputTypeDef

LARGEST_ID = 2**63 - 1

QUERY_ITEMS = 500
"""Tasks that one query looks at where a filter thins them out: less than 1 MB of usual records."""
MAX_QUERIES = 10
"""Queries that one page may cost. A page that would need more is returned short, and the next one goes on."""
MAX_COUNT_QUERIES = 100

_UNFINISHED = "unfinished"
_UNTOLD = "untold"
_ALL_STARTED = TaskQuery(limit=0, statuses=STARTED)
_NEW = f"attribute_not_exists({PARTITION_KEY})"
_TASK_OF_JOB = "task#"
LONGEST_JOB = timedelta(days=60)
"""Longer than a job can last: a week until its approval, and the work of its tasks."""
# Ids are made of the time: nothing needs one that is taken for longer.
_DAY = timedelta(days=1)
# A task's id is the time it was created, plus one for each task that took the same microsecond before.
_MOST_ID_DRIFT = 1_000_000


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
        new = [Put(self._item(task), _NEW), Put(_taken_id(task), _NEW), task_event(created)]
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
        item = self._table.get(_key(owner, task_id))
        return _task(item) if item else None

    def list(self, owner: str, query: TaskQuery) -> TaskPage:
        """Return the owner's tasks that the query asks for, newest first.

        Where a filter leaves little of very many tasks, the page may be short and still have a next one.
        """
        found: list[Item] = []
        last_key = None
        for answer in islice(self._answers(owner, query, Limit=_portion(query)), _most_queries(query)):
            found += answer["Items"]
            last_key = answer.get("LastEvaluatedKey")
            if len(found) >= _wanted(query):
                break
        return _page(found, query, last_key)

    def count(self, owner: str, query: TaskQuery) -> int:
        """Return how many tasks there are for the query on all its pages.

        Of all that numbered lists show an index is asked, some 8,000 at a time, which may not know yet what changed a
        moment ago. Any other query reads about 700 tasks at a time. After `MAX_COUNT_QUERIES` times only the newest
        are counted.
        """
        if replace(query, limit=0, skip=0, before=None) == _ALL_STARTED:
            answers = self._table.pages(**_request_for_listed(owner))
        else:
            answers = self._answers(owner, replace(query, before=None), Select="COUNT")
        return sum(answer["Count"] for answer in islice(answers, MAX_COUNT_QUERIES))

    def of_job(self, owner: str, job_id: str) -> Sequence[Task]:
        """Return the job's tasks, oldest first."""
        entries = self._table.partition(job_partition(job_id), _TASK_OF_JOB)
        keys = (_key(owner, int(item[SORT_KEY]["S"].removeprefix(_TASK_OF_JOB))) for item in entries)
        return [_task(item) for some in portions(keys) for item in self._table.get_many(some)]

    def count_of_job(self, owner: str, job_id: str) -> Mapping[TaskStatus, int]:
        """Return how many of the job's tasks are in each status."""
        return Counter(task.status for task in self.of_job(owner, job_id))

    def unfinished(self, statuses: frozenset[TaskStatus] = UNFINISHED) -> Iterable[Task]:
        """Return every owner's tasks in these of the unfinished statuses, oldest first.

        A task that was added a moment ago may be missing; one that has ended never appears.
        """
        for keys in portions(self._table.on_shelf(_UNFINISHED)):
            found = map(_task, self._table.get_many(keys))
            yield from (task for task in found if task.status in statuses)

    def untold(self, until: datetime) -> Iterator[Task]:
        """Yield every owner's tasks that ended by then and whose webhook has not been told for good, oldest first."""
        for keys in portions(self._table.on_shelf(_UNTOLD, until=microseconds(until))):
            found = map(_task, self._table.get_many(keys))
            yield from (task for task in found if task.webhook_status is WebhookStatus.SET)

    def _answers(self, owner: str, query: TaskQuery, **how: Any) -> "Iterator[QueryOutputTypeDef]":
        ids = _ids(query)
        if ids:
            yield from self._table.pages(**_request(owner, query, ids), **how)

    def _replace(self, task: Task, *others: Put) -> None:
        before = Put(self._item(task), "version = :before", {":before": number(task.version - 1)})
        try:
            self._table.write(before, *others)
        except WriteRefusedError as error:
            raise StaleTaskError(f"Task {task.task_id} was changed by somebody else.") from error

    def _entry_of_job(self, task: Task, job_id: str) -> Item:
        """Return the item that lists the task as the job's: read consistently, as no index is."""
        key = Key(job_partition(job_id), f"{_TASK_OF_JOB}{_sort_key(task.task_id)}")
        return item_of(key, **{EXPIRES: expiry(task.created_at + LONGEST_JOB + self._retention)})

    def _item(self, task: Task) -> Item:
        item = item_of(
            _key(task.owner, task.task_id),
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


def job_partition(job_id: str) -> str:
    """Return the partition of a job and of the list of its tasks."""
    return f"job#{job_id}"


def _key(owner: str, task_id: int) -> Key:
    return Key(f"owner#{owner}", _sort_key(task_id))


def _sort_key(task_id: int) -> str:
    # Padded, so that the order of texts is the order of numbers.
    return f"{task_id:019}"


def _taken_id(task: Task) -> Item:
    """Return the item that keeps two owners from having tasks of one id."""
    return item_of(Key(f"id#{task.task_id}", "id"), **{EXPIRES: expiry(task.created_at + _DAY)})


def _task(item: Item) -> Task:
    return TASKS.load(zlib.decompress(item["record"]["B"]).decode())


def _ids(query: TaskQuery) -> range:
    """Return the ids that can be in the list."""
    lowest = 0 if query.created_from is None else microseconds(query.created_from)
    highest = LARGEST_ID if query.before is None else query.before - 1
    if query.created_until is not None:
        highest = min(highest, microseconds(query.created_until) + _MOST_ID_DRIFT)
    return range(max(lowest, 0), min(highest, LARGEST_ID) + 1)


def _wanted(query: TaskQuery) -> int:
    """Return how many tasks make the page and show that there is another one."""
    return query.skip + query.limit + 1


def _portion(query: TaskQuery) -> int:
    """Return how many tasks to look at in one go: a filter may leave little of them."""
    is_filtered = query.statuses or query.created_from or query.created_until
    return QUERY_ITEMS if is_filtered else min(_wanted(query), QUERY_ITEMS)


def _most_queries(query: TaskQuery) -> int:
    return MAX_QUERIES + query.skip // QUERY_ITEMS


def _request(owner: str, query: TaskQuery, ids: range) -> dict[str, Any]:
    values = {
        ":partition": text(_key(owner, 0).partition),
        ":lowest": text(_sort_key(ids[0])),
        ":highest": text(_sort_key(ids[-1])),
    }
    conditions = []
    if query.statuses:
        statuses = {f":status{place}": text(status) for place, status in enumerate(sorted(query.statuses))}
        values |= statuses
        conditions.append(f"task_status IN ({', '.join(statuses)})")
    for name, bound, holds in (("from", query.created_from, ">="), ("until", query.created_until, "<")):
        if bound is not None:
            values[f":{name}"] = number(microseconds(bound))
            conditions.append(f"created_at {holds} :{name}")
    return {
        "KeyConditionExpression": f"{PARTITION_KEY} = :partition AND {SORT_KEY} BETWEEN :lowest AND :highest",
        "ScanIndexForward": False,
        "ExpressionAttributeValues": values,
        **({"FilterExpression": " AND ".join(conditions)} if conditions else {}),
    }


def _request_for_listed(owner: str) -> dict[str, Any]:
    return {
        "IndexName": LISTED,
        "KeyConditionExpression": f"{LISTED} = :owner",
        "ExpressionAttributeValues": {":owner": text(owner)},
        "Select": "COUNT",
    }


def _page(found: Sequence[Item], query: TaskQuery, last_key: Item | None) -> TaskPage:
    tasks = tuple(map(_task, found[query.skip : query.skip + query.limit]))
    if len(found) >= _wanted(query) and tasks:
        return TaskPage(tasks, tasks[-1].task_id)
    return TaskPage(tasks, int(last_key[SORT_KEY]["S"]) if last_key else None)

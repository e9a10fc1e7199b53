"""Tasks in DynamoDB, each change written with the event that tells of it.

The table's stream is the outbox: a Pipe passes on every event item that is inserted, so nobody has to
ask what is pending or say what was passed on, and the items vanish by themselves.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from veil.adapters.aws.table import (
    EXPIRES,
    PARTITION_KEY,
    SORT_KEY,
    Item,
    Key,
    Put,
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
from veil.adapters.records import EVENTS, TASKS
from veil.domain.errors import StaleTaskError, TaskIdTakenError
from veil.domain.events import TaskEvent
from veil.domain.task import UNFINISHED, Task, Transition
from veil.ports import TaskPage, TaskQuery

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import QueryOutputTypeDef

EVENT_PREFIX = "event#"
"""How the partition keys of event items begin: what the Pipe filters by."""
LARGEST_ID = 2**63 - 1

QUERY_ITEMS = 500
"""Tasks that one query looks at where a filter thins them out: less than 1 MB of usual records."""
MAX_QUERIES = 10
"""Queries that one page may cost. A page that would need more is returned short, and the next one goes on."""

_UNFINISHED = "unfinished"
_NEW = f"attribute_not_exists({PARTITION_KEY})"
# The stream keeps a day of changes, and ids are made of the time: nothing needs either for longer.
_DAY = timedelta(days=1)
# A task's id is the time it was created, plus one for each task that took the same microsecond before.
_ID_DRIFT = timedelta(seconds=1)


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
        taken = Put(_taken_id(created.task), _NEW)
        try:
            self._table.write(Put(self._item(created.task), _NEW), taken, Put(_event_item(created.event)))
        except WriteRefusedError as error:
            raise TaskIdTakenError(f"There is a task {created.task.task_id} already.") from error

    def save(self, moved: Transition) -> None:
        """Replace the task's version before this one, and save the event, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        self._replace(moved.task, Put(_event_item(moved.event)))

    def update(self, task: Task) -> None:
        """Replace the task's version before this one, without an event.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        self._replace(task)

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
        lowest, highest = _id_range(query)
        if lowest > highest:
            return TaskPage((), None)
        request = _list_request(owner, query, lowest, highest)
        found: list[Item] = []
        for _ in range(MAX_QUERIES):
            answer = self._table.query(**request)
            found += answer["Items"]
            if len(found) > query.limit or "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return _page(found, query.limit, answer)

    def unfinished(self) -> Iterable[Task]:
        """Return every owner's tasks that are new, queued or processing, oldest first.

        A task that was added a moment ago may be missing; one that has ended never appears.
        """
        for keys in portions(self._table.on_shelf(_UNFINISHED)):
            found = map(_task, self._table.get_many(keys))
            yield from (task for task in found if task.status in UNFINISHED)

    def _replace(self, task: Task, *others: Put) -> None:
        before = Put(self._item(task), "version = :before", {":before": number(task.version - 1)})
        try:
            self._table.write(before, *others)
        except WriteRefusedError as error:
            raise StaleTaskError(f"Task {task.task_id} was changed by somebody else.") from error

    def _item(self, task: Task) -> Item:
        item = item_of(
            _key(task.owner, task.task_id),
            status=text(task.status),
            created_at=number(microseconds(task.created_at)),
            version=number(task.version),
            record=text(TASKS.dump(task)),
        )
        if task.status in UNFINISHED:
            return {**item, **shelved(_UNFINISHED, str(task.task_id), task.task_id)}
        return {**item, EXPIRES: expiry(task.updated_at + self._retention)}


def _key(owner: str, task_id: int) -> Key:
    return Key(f"owner#{owner}", _sort_key(task_id))


def _sort_key(task_id: int) -> str:
    # Padded, so that the order of texts is the order of numbers.
    return f"{task_id:019}"


def _taken_id(task: Task) -> Item:
    """Return the item that keeps two owners from having tasks of one id."""
    return item_of(Key(f"id#{task.task_id}", "id"), **{EXPIRES: expiry(task.created_at + _DAY)})


def _event_item(event: TaskEvent) -> Item:
    return item_of(
        Key(f"{EVENT_PREFIX}{event.event_id}", "event"),
        # For rules, which match attributes; `record` is the event.
        kind=text(event.kind),
        owner=text(event.owner),
        task_id=text(str(event.task_id)),
        record=text(EVENTS.dump(event)),
        **{EXPIRES: expiry(event.occurred_at + _DAY)},
    )


def _task(item: Item) -> Task:
    return TASKS.load(item["record"]["S"])


def _id_range(query: TaskQuery) -> tuple[int, int]:
    """Return the lowest and the highest id that can be in the list."""
    lowest = 0 if query.created_from is None else microseconds(query.created_from)
    highest = LARGEST_ID if query.before is None else query.before - 1
    if query.created_until is not None:
        highest = min(highest, microseconds(query.created_until + _ID_DRIFT))
    return max(lowest, 0), min(highest, LARGEST_ID)


def _list_request(owner: str, query: TaskQuery, lowest: int, highest: int) -> dict[str, Any]:
    values = {
        ":partition": text(_key(owner, 0).partition),
        ":lowest": text(_sort_key(lowest)),
        ":highest": text(_sort_key(highest)),
    }
    conditions = []
    if query.statuses:
        statuses = {f":status{place}": text(status) for place, status in enumerate(sorted(query.statuses))}
        values |= statuses
        conditions.append(f"#status IN ({', '.join(statuses)})")
    if query.created_until is not None:
        values[":until"] = number(microseconds(query.created_until))
        conditions.append("created_at < :until")
    return {
        "KeyConditionExpression": f"{PARTITION_KEY} = :partition AND {SORT_KEY} BETWEEN :lowest AND :highest",
        "ScanIndexForward": False,
        "Limit": QUERY_ITEMS if conditions else query.limit + 1,
        "ExpressionAttributeValues": values,
        **({"FilterExpression": " AND ".join(conditions)} if conditions else {}),
        **({"ExpressionAttributeNames": {"#status": "status"}} if query.statuses else {}),
    }


def _page(found: list[Item], limit: int, last: "QueryOutputTypeDef") -> TaskPage:
    tasks = tuple(map(_task, found[:limit]))
    if len(found) > limit:
        return TaskPage(tasks, tasks[-1].task_id)
    goes_on = last.get("LastEvaluatedKey")
    return TaskPage(tasks, int(goes_on[SORT_KEY]["S"]) if goes_on else None)

"""What a list of an owner's tasks asks of the table, and what the answers make."""

from collections.abc import Sequence
from typing import Any

from veil.adapters.aws.table import LISTED, PARTITION_KEY, SORT_KEY, Item, microseconds, number, text
from veil.adapters.aws.task_keys import LARGEST_ID, key_of_task, sort_key, task_of
from veil.ports.stores import TaskPage, TaskQuery

QUERY_ITEMS = 500
"""Tasks that one query looks at where a filter thins them out: less than 1 MB of usual records."""
MAX_QUERIES = 10
"""Queries that one page may cost. A page that would need more is returned short, and the next one goes on."""
# A task's id is the time it was created, plus one for each task that took the same microsecond before.
_MOST_ID_DRIFT = 1_000_000


def ids_of(query: TaskQuery) -> range:
    """Return the ids that can be in the list."""
    lowest = 0 if query.created_from is None else microseconds(query.created_from)
    highest = LARGEST_ID if query.before is None else query.before - 1
    if query.created_until is not None:
        highest = min(highest, microseconds(query.created_until) + _MOST_ID_DRIFT)
    return range(max(lowest, 0), min(highest, LARGEST_ID) + 1)


def wanted(query: TaskQuery) -> int:
    """Return how many tasks make the page and show that there is another one."""
    return query.skip + query.limit + 1


def portion(query: TaskQuery) -> int:
    """Return how many tasks to look at in one go: a filter may leave little of them."""
    is_filtered = query.statuses or query.created_from or query.created_until
    return QUERY_ITEMS if is_filtered else min(wanted(query), QUERY_ITEMS)


def most_queries(query: TaskQuery) -> int:
    """Return how many queries the page may cost."""
    return MAX_QUERIES + query.skip // QUERY_ITEMS


def request(owner: str, query: TaskQuery, ids: range) -> dict[str, Any]:
    """Return what asks for the owner's tasks, newest first."""
    values = {
        ":partition": text(key_of_task(owner, 0).partition),
        ":lowest": text(sort_key(ids[0])),
        ":highest": text(sort_key(ids[-1])),
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


def request_for_listed(owner: str) -> dict[str, Any]:
    """Return what counts all that numbered lists show of the owner's, by an index."""
    return {
        "IndexName": LISTED,
        "KeyConditionExpression": f"{LISTED} = :owner",
        "ExpressionAttributeValues": {":owner": text(owner)},
        "Select": "COUNT",
    }


def page_of(found: Sequence[Item], query: TaskQuery, last_key: Item | None) -> TaskPage:
    """Return the page of the tasks that were found, and where the next one begins if there is one."""
    tasks = tuple(map(task_of, found[query.skip : query.skip + query.limit]))
    if len(found) >= wanted(query) and tasks:
        return TaskPage(tasks, tasks[-1].task_id)
    return TaskPage(tasks, int(last_key[SORT_KEY]["S"]) if last_key else None)

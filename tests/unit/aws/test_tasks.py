"""Tasks in DynamoDB: what a request costs, how contention ends, and when things vanish."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from botocore.exceptions import ClientError

from veil.adapters.aws.table import SHARDS
from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, TaskIdTakenError
from veil.domain.media import MediaType, Upload
from veil.domain.policy import ClassRule, Policy, Zone
from veil.domain.task import TaskStatus
from veil.http.numbered_pages import NumberedPage
from veil.ports.stores import TaskQuery

FAILED = TaskQuery(limit=4, statuses=frozenset({TaskStatus.FAILED}))


def everything(clients):
    return clients.dynamodb.scan(TableName="veil")["Items"]


def size(item):
    """Bytes of an item as DynamoDB counts them: names and values."""
    return sum(len(name) + len(value) for name, typed in item.items() for value in typed.values())


def cancelled(reason):
    return {
        "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
        "CancellationReasons": [{"Code": reason}, {"Code": "None"}],
    }


def test_a_request_for_a_task_or_a_page_costs_one_call(tasks, create, calls):
    for task_id in range(12):
        tasks.add(create(task_id))
    calls.clear()

    tasks.get("ana", 7)
    tasks.list("ana", TaskQuery())

    assert calls == ["GetItem", "Query"]


def test_a_filter_that_leaves_nothing_of_many_tasks_costs_a_bounded_number_of_queries(
    tasks, create, calls, monkeypatch
):
    monkeypatch.setattr("veil.adapters.aws.task_queries.QUERY_ITEMS", 5)
    monkeypatch.setattr("veil.adapters.aws.task_queries.MAX_QUERIES", 3)
    for task_id in range(1, 31):
        tasks.add(create(task_id))
    calls.clear()

    page = tasks.list("ana", FAILED)

    assert calls == ["Query"] * 3
    assert (page.tasks, page.next_before) == ((), 16)


def test_short_pages_follow_each_other_without_gap_or_overlap(tasks, create, clock, monkeypatch):
    monkeypatch.setattr("veil.adapters.aws.task_queries.QUERY_ITEMS", 3)
    monkeypatch.setattr("veil.adapters.aws.task_queries.MAX_QUERIES", 2)
    failed = {2, 3, 5, 16, 17, 18, 19, 20, 21, 22}
    for task_id in range(1, 31):
        created = create(task_id)
        tasks.add(created)
        if task_id in failed:
            tasks.save(created.task.failed(FailureCause.INTERNAL_ERROR, clock.now()))

    pages = [tasks.list("ana", FAILED)]
    while (before := pages[-1].next_before) is not None:
        pages.append(tasks.list("ana", TaskQuery(limit=4, statuses=FAILED.statuses, before=before)))

    assert [task.task_id for page in pages for task in page.tasks] == sorted(failed, reverse=True)
    assert max(len(page.tasks) for page in pages) == 4


def test_no_owner_makes_another_ones_list_slower(tasks, create, calls, monkeypatch):
    monkeypatch.setattr("veil.adapters.aws.task_queries.QUERY_ITEMS", 5)
    for task_id in range(12):
        tasks.add(create(task_id, owner="hot"))
    tasks.add(create(99, owner="ana"))
    calls.clear()

    page = tasks.list("ana", TaskQuery(statuses=frozenset({TaskStatus.NEW})))

    assert [task.task_id for task in page.tasks] == [99]
    assert calls == ["Query"]


def test_nothing_is_ever_scanned(tasks, create, clock, calls):
    created = create()
    tasks.add(created)
    tasks.save(created.task.failed(FailureCause.INTERNAL_ERROR, clock.now()))
    tasks.get("ana", 1)
    tasks.list("ana", FAILED)
    list(tasks.unfinished())

    assert set(calls) == {"TransactWriteItems", "GetItem", "Query"}


def test_reading_what_is_unfinished_costs_one_query_a_shard_and_one_read_a_portion(tasks, create, calls, monkeypatch):
    monkeypatch.setattr("veil.adapters.aws.table.PORTION", 8)
    for task_id in range(12):
        tasks.add(create(task_id))
    calls.clear()

    assert len(list(tasks.unfinished())) == 12
    assert calls == ["Query"] * SHARDS + ["BatchGetItem"] * 2


def test_tasks_of_one_moment_are_spread_over_the_shards_and_still_read_in_order(tasks, create, clients):
    task_ids = list(range(1_795_251_600_000_000, 1_795_251_600_000_030))
    for task_id in task_ids:
        tasks.add(create(task_id))

    shards = {item["shelf"]["S"] for item in everything(clients) if "shelf" in item}

    assert len(shards) == SHARDS
    assert [task.task_id for task in tasks.unfinished()] == task_ids


def test_a_time_filter_reads_nothing_outside_its_time(tasks, create, clock, calls, monkeypatch):
    monkeypatch.setattr("veil.adapters.aws.task_queries.QUERY_ITEMS", 2)
    now = int(clock.now().timestamp()) * 1_000_000
    for task_id in (*range(10), now):
        tasks.add(create(task_id))
    calls.clear()

    page = tasks.list("ana", TaskQuery(created_from=clock.now()))

    assert ([task.task_id for task in page.tasks], page.next_before) == ([now], None)
    assert calls == ["Query"]


def test_the_largest_request_makes_an_item_far_below_what_dynamodb_takes(tasks, create, clients):
    # 64 KiB of body, each zone as short as JSON allows: {"topLeftX":1e9,"topLeftY":1e9,"width":1,"height":1}
    chance = Random(7)
    corners = [(chance.randrange(10**9), chance.randrange(10**9)) for _ in range(64 * 1024 // 54)]
    zones = tuple(Zone(x, y, x + 10**9, y + 10**9) for x, y in corners)
    created = create(policy=Policy(face=ClassRule(hide=True), ignore_zones=zones))

    tasks.add(created)

    assert tasks.get("ana", 1) == created.task
    assert max(size(item) for item in everything(clients)) < 50_000


def test_a_usual_task_costs_one_unit_a_write(tasks, create, clients, clock):
    owner = "0f3c1a2b-4d5e-4f60-8a7b-9c0d1e2f3a4b"
    created = create(1_795_251_600_000_000, owner=owner)
    tasks.add(created)
    uploaded = created.task.uploaded(Upload(3, "image/jpeg", b"\xff\xd8\xff", "ab" * 32), MediaType.JPEG, clock.now())
    tasks.save(uploaded)
    tasks.save(uploaded.task.claimed("worker-" + owner, clock.now(), timedelta(seconds=60)))

    assert max(size(item) for item in everything(clients)) < 1024


def test_an_ended_task_is_gone_after_its_time_though_dynamodb_removes_it_later(tasks, create, clock):
    created = create()
    tasks.add(created)
    tasks.save(created.task.failed(FailureCause.INTERNAL_ERROR, clock.now()))

    clock.advance(timedelta(days=30) - timedelta(seconds=1))
    assert tasks.get("ana", 1) is not None

    clock.advance(timedelta(seconds=1))
    assert tasks.get("ana", 1) is None
    assert tasks.list("ana", TaskQuery()).tasks == ()
    assert tasks.count("ana", TaskQuery()) == 0


@pytest.fixture
def asked(clients):
    """What each query of DynamoDB asks for."""
    seen, events = [], clients.dynamodb.meta.events

    def note(params, **_):
        seen.append(params)

    events.register("before-parameter-build.dynamodb.Query", note)
    yield seen
    events.unregister("before-parameter-build.dynamodb.Query", note)


def test_counting_for_a_numbered_page_reads_an_index_of_small_entries(tasks, create, clock, asked):
    """The tasks themselves are read by the megabyte: an owner with 50,000 would wait for six seconds, and pay."""
    page = NumberedPage(limit=5, page=2).query
    for task_id in range(12):
        created = create(task_id)
        tasks.add(created)
        tasks.save(created.task.failed(FailureCause.INTERNAL_ERROR, clock.now() + timedelta(days=task_id)))

    assert tasks.count("ana", page) == 12
    clock.advance(timedelta(days=30))
    assert tasks.count("ana", page) == 11

    assert [(each["IndexName"], each["Select"]) for each in asked] == [("listed", "COUNT")] * 2


def test_an_unfinished_task_never_expires(tasks, create, clock):
    tasks.add(create())

    clock.advance(timedelta(days=1000))

    assert tasks.get("ana", 1) is not None
    assert [task.task_id for task in tasks.unfinished()] == [1]


def test_events_and_reserved_ids_vanish_after_a_day(tasks, create, clients, clock):
    tasks.add(create())

    lives = {
        item["pk"]["S"]: int(item["expires_at"]["N"]) - clock.now().timestamp()
        for item in everything(clients)
        if "expires_at" in item
    }

    assert lives == {"event#evt_1_1": 86400, "id#1": 86400}


def test_a_write_can_be_repeated_by_the_sdk_without_being_refused_for_it(tasks, create, clients, calls):
    tokens = []

    def note(params, **rest):
        tokens.append(json.loads(params["body"])["ClientRequestToken"])

    clients.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", note)
    created = create()
    tasks.add(created)
    tasks.update(created.task.with_webhook_status(created.task.webhook_status))
    clients.dynamodb.meta.events.unregister("before-call.dynamodb.TransactWriteItems", note)

    assert len(set(tokens)) == 2


def test_a_write_that_met_another_is_tried_again(tasks, create, clients, answer_instead):
    created = create()
    answer_instead(clients.dynamodb, "TransactWriteItems", cancelled("TransactionConflict"), times=2)

    tasks.add(created)

    assert tasks.get("ana", 1) == created.task


def test_a_write_that_keeps_meeting_others_is_refused(tasks, create, clients, answer_instead, clock):
    created = create()
    tasks.add(created)
    answer_instead(clients.dynamodb, "TransactWriteItems", cancelled("TransactionConflict"), times=6)

    with pytest.raises(StaleTaskError):
        tasks.save(created.task.failed(FailureCause.INTERNAL_ERROR, clock.now()))


def test_a_table_that_is_overloaded_is_no_stale_task(tasks, create, clients, answer_instead):
    created = create()
    answer_instead(clients.dynamodb, "TransactWriteItems", cancelled("ThrottlingError"), times=6)

    with pytest.raises(ClientError):
        tasks.add(created)


def test_of_many_owners_that_want_the_same_id_exactly_one_gets_it(tasks, create):
    def add(owner):
        try:
            tasks.add(create(7, owner=owner))
        except TaskIdTakenError:
            return None
        return owner

    owners = [f"owner{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        winners = [owner for owner in threads.map(add, owners) if owner]

    assert [owner for owner in owners if tasks.get(owner, 7)] == winners
    assert len(winners) == 1

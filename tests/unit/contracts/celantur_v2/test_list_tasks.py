"""GET /v2/task: paging and filters, which are ours because the contract is silent."""

import pytest

from veil.domain.causes import FailureCause


def ids(answer):
    assert answer.status == 200, answer.text
    return [item["task_id"] for item in answer.json["items"]]


@pytest.mark.parametrize("path", ["/v2/task", "/v2/task/"])
def test_the_list_holds_the_callers_tasks_only_newest_first(api, path):
    first, second = api.create()["task_id"], api.create()["task_id"]
    api.create(owner="bob")

    answer = api.get(path)

    assert ids(answer) == [second, first]
    assert answer.json["next_page_token"] is None


def test_an_item_is_the_task_with_fresh_urls(api, tmp_path):
    created = api.create()
    api.finish(created, tmp_path)

    answer = api.get("/v2/task")

    assert answer.json["items"] == [api.get(f"/v2/task/{created['task_id']}").json]
    assert "anonymized_url" in answer.json["items"][0]


def test_a_deleted_task_stays_in_the_list_as_deleted(api):
    created = api.create()
    api.call("DELETE", f"/v2/task/{created['task_id']}")

    (item,) = api.get("/v2/task").json["items"]

    assert item["task_status"] == "deleted"


def test_pages_follow_each_other_without_gap_or_repeat(api):
    created = [api.create()["task_id"] for _ in range(5)]

    pages, query = [], "limit=2"
    while query:
        answer = api.get(f"/v2/task?{query}")
        pages.append(ids(answer))
        token = answer.json["next_page_token"]
        query = token and f"limit=2&page_token={token}"

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == created[::-1]


@pytest.mark.parametrize("query", ["task_status=new,failed", "task-status=new&task-status=failed"])
def test_states_filter_as_a_list_or_repeated(api, query):
    new, failed, deleted = api.create(), api.create(), api.create()
    api.fail(failed, FailureCause.IMAGE_DEFECT)
    api.call("DELETE", f"/v2/task/{deleted['task_id']}")

    answer = api.get(f"/v2/task?{query}")

    assert ids(answer) == [failed["task_id"], new["task_id"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("created_from=2026-11-21T09:00:01Z", [2, 1]),
        ("created_until=2026-11-21T09:00:01Z", [0]),
        ("created_from=2026-11-21T10:00:01%2B01:00&created_until=2026-11-21T09:00:02", [1]),
        ("created_from=2026-11-22", []),
    ],
)
def test_times_filter_from_inclusive_until_exclusive_in_utc_unless_told(api, query, expected):
    created = [api.create()["task_id"] for _ in range(3)]

    answer = api.get(f"/v2/task?{query}")

    assert ids(answer) == [created[each] for each in expected]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=ten",
        "limit=",
        "limit=1&limit=2",
        "page_token=x",
        f"page_token={2**63}",
        "page_token=-1",
        "task_status=finished",
        "task_status=",
        "created_from=yesterday",
        "created_until=21/11/2026",
        "created_from=0001-01-01T00:00:00%2B23:59",
    ],
)
def test_a_value_that_is_wrong_is_refused(api, query):
    answer = api.get(f"/v2/task?{query}")

    name = query.partition("=")[0]
    assert (answer.status, answer.error) == (
        400,
        f"Could not list tasks. {name} parameter received an unexpected value.",
    )


def test_an_unknown_parameter_is_refused_so_that_a_misspelled_filter_lists_nothing_it_should_not(api):
    answer = api.get("/v2/task?status=done")

    assert (answer.status, answer.error) == (
        400,
        "Could not list tasks. status parameter caused an error. This parameter does not exist.",
    )

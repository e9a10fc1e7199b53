"""/v2/task/{id}/parts: a task's file comes in parts. Veil's own."""

import pytest

from veil.domain.media import original_key
from veil.domain.upload_parts import PART_BYTES

JPEG = b"\xff\xd8\xff\xe0 a photo"
SIZE = 2 * PART_BYTES + 5


@pytest.fixture
def task(api):
    return api.create()


def begin(api, task, body=None, **options):
    return api.post(f"/v2/task/{task['task_id']}/parts", body or {"size": SIZE}, **options)


def complete(api, task, body, **options):
    return api.post(f"/v2/task/{task['task_id']}/parts/complete", body, **options)


def arrive(api, task, number, content):
    """Let a part arrive, and return it as a client names it."""
    part = api.parts.find(original_key("ana", task["task_id"])).keep(number, content)
    return {"part_number": number, "etag": f'"{part.etag}"'}


def numbers(answer):
    return [each["part_number"] for each in answer.json["upload_urls"]]


def test_a_file_has_as_many_urls_as_parts_are_missing(api, task):
    first = begin(api, task)
    arrive(api, task, 1, bytes(PART_BYTES))
    arrive(api, task, 2, b"too short")
    second = begin(api, task)

    assert (first.json["part_size"], first.json["part_count"], numbers(first)) == (PART_BYTES, 3, [1, 2, 3])
    assert numbers(second) == [2, 3]
    assert [(each["part_number"], each["size"]) for each in second.json["parts"]] == [(1, PART_BYTES), (2, 9)]
    assert len({each["upload_url"] for each in first.json["upload_urls"]}) == 3


def test_urls_come_by_the_hundred_or_for_the_parts_that_are_asked_for(api, task):
    assert numbers(begin(api, task, {"size": 200 * PART_BYTES})) == [*range(1, 101)]
    assert numbers(begin(api, task, {"size": 200 * PART_BYTES, "part-numbers": [150, 3]})) == [150, 3]


def test_which_parts_have_arrived_is_told(api, task):
    path = f"/v2/task/{task['task_id']}/parts"
    before = api.get(path).json
    begin(api, task)
    part = arrive(api, task, 3, b"12345")

    assert before == {"task_id": task["task_id"], "part_size": PART_BYTES, "parts": []}
    assert api.get(path).json["parts"] == [{"part_number": 3, "size": 5, "etag": part["etag"].strip('"')}]


def test_a_complete_file_starts_the_work_once(api, task):
    begin(api, task, {"size": len(JPEG)})
    body = {"size": len(JPEG), "parts": [arrive(api, task, 1, JPEG)]}

    answers = [complete(api, task, body) for _ in range(2)]

    assert [(each.status, each.json["task_status"]) for each in answers] == [(200, "queued")] * 2
    assert api.queue.take().ref.task_id == task["task_id"]
    assert api.queue.take() is None
    assert begin(api, task).error == f"Task {task['task_id']} is queued; it takes no upload."


PART = {"part_number": 1, "etag": "e"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "Please add a JSON body."),
        ({"part_numbers": [1]}, "size is required."),
        ({"size": 0}, "size parameter received an unexpected value."),
        ({"size": "5"}, "size parameter received an unexpected value."),
        ({"size": True}, "size parameter received an unexpected value."),
        ({"size": 5, "part_numbers": [2]}, "part_numbers parameter value caused an error. A file of 5 bytes has"),
        ({"size": 5, "part_numbers": 1}, "part_numbers parameter received an unexpected value."),
        ({"size": 5, "part_numbers": [0]}, "part_numbers parameter received an unexpected value."),
        ({"size": 5, "part_numbers": [1] * 101}, "part_numbers parameter received an unexpected value."),
        ({"size": 5, "name": "a.mp4"}, "name parameter caused an error. This parameter does not exist."),
    ],
)
def test_what_cannot_be_begun_is_refused_by_name(api, task, body, error):
    answer = begin(api, task, body) if body else api.post(f"/v2/task/{task['task_id']}/parts", "")

    assert answer.status == 400
    assert answer.error.startswith("Could not take the parts. ")
    assert error in answer.error


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"size": 5}, "parts is required."),
        ({"parts": [PART]}, "size is required."),
        ({"size": 5, "parts": []}, "A file of 5 bytes has the parts 1 to 1; name each once, in order."),
        ({"size": 5, "parts": [PART, PART]}, "A file of 5 bytes has the parts 1 to 1; name each once, in order."),
        ({"size": 5, "parts": [PART]}, "Part 1 arrived with another ETag."),
        ({"size": 5, "parts": PART}, "parts parameter received an unexpected value."),
        ({"size": 5, "parts": [1]}, "parts parameter received an unexpected value."),
        ({"size": 5, "parts": [{"part_number": 1}]}, "parts parameter received an unexpected value."),
        ({"size": 5, "parts": [{**PART, "size": 5}]}, "parts parameter received an unexpected value."),
        ({"size": 5, "parts": [{**PART, "etag": 5}]}, "parts parameter received an unexpected value."),
    ],
)
def test_what_cannot_be_joined_is_refused_by_name(api, task, body, error):
    begin(api, task)
    arrive(api, task, 1, b"12345")

    answer = complete(api, task, body)

    assert answer.status == 400
    assert answer.error.startswith("Could not take the parts. ")
    assert error in answer.error


def test_a_part_that_is_shorter_than_it_should_be_is_refused_by_its_size(api, task):
    begin(api, task)
    parts = [arrive(api, task, number, b"12345") for number in (1, 2, 3)]

    assert "Part 1 has 5 bytes, not 8388608." in complete(api, task, {"size": SIZE, "parts": parts}).error


def test_a_file_beyond_the_limit_is_refused_before_a_byte_of_it_arrives(api, task):
    too_large = {"size": (4 << 30) + 1}

    assert begin(api, task, too_large).status == 413
    assert complete(api, task, {**too_large, "parts": [PART]}).status == 413
    assert begin(api, task, {"size": 4 << 30}).json["part_count"] == 512


def test_nothing_is_joined_of_which_nothing_arrived(api, task):
    refused = (409, "No part of an upload has arrived for this task.")

    before = complete(api, task, {"size": 5, "parts": [PART]})
    begin(api, task)
    after = complete(api, task, {"size": 5, "parts": [PART]})

    assert (before.status, before.error) == (after.status, after.error) == refused


@pytest.mark.parametrize("end", ["cancel", "delete"])
def test_a_task_that_is_cancelled_or_deleted_takes_no_parts_and_keeps_none(api, task, end):
    begin(api, task)
    part = arrive(api, task, 1, b"12345")

    path = f"/v2/task/{task['task_id']}"
    ended = api.post(f"{path}/cancel", "") if end == "cancel" else api.call("DELETE", path)

    assert ended.status == 200
    assert api.parts.find(original_key("ana", task["task_id"])) is None
    status = 409 if end == "cancel" else 404
    assert begin(api, task).status == complete(api, task, {"size": 5, "parts": [part]}).status == status


def test_another_owners_task_is_no_task(api, task):
    for answer in (
        begin(api, task, owner="ben"),
        complete(api, task, {"size": 5, "parts": [PART]}, owner="ben"),
        api.get(f"/v2/task/{task['task_id']}/parts", owner="ben"),
    ):
        assert (answer.status, answer.error[:18]) == (400, "Task ID not found.")


def test_whoever_shows_no_token_learns_nothing_of_bodies(api, task):
    assert begin(api, task, {"nonsense": 1}, owner=None).status == 401
    assert complete(api, task, {"nonsense": 1}, owner=None).status == 401

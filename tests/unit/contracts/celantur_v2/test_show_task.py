"""GET /v2/task/{id}, its status and its metadata, and DELETE (contracts/celantur.md A.8, A.9)."""

from datetime import timedelta

import pytest

from veil.domain.causes import FailureCause
from veil.domain.media import MediaType, Upload
from veil.use_cases.delete_task import delete_task

READS = [
    "/v2/task/{}",
    "/v2/task/{}/",
    "/v2/task/{}/status",
    "/v2/task/{}/status/",
    "/v2/task/{}/metadata",
    "/v2/task/{}/report",
]
OF_ONE_TASK = [*(("GET", path) for path in READS), ("DELETE", "/v2/task/{}"), ("DELETE", "/v2/task/{}/")]
MISSING = "Task ID not found. There is no task with task ID {}."


def test_a_new_task_has_nothing_to_download(api):
    created = api.create()

    answer = api.get(f"/v2/task/{created['task_id']}")

    assert answer.status == 200
    assert answer.json["task_status"] == "new"
    assert not any(key.endswith("_url") for key in answer.json)
    assert "failure_cause" not in answer.json


def test_the_task_has_its_parameters_and_the_status_is_small(api):
    created = api.create(quality=75)

    whole = api.get(f"/v2/task/{created['task_id']}").json
    status = api.get(f"/v2/task/{created['task_id']}/status").json

    assert whole == {key: value for key, value in created.items() if key != "upload_url"}
    assert status == {"task_id": created["task_id"], "task_status": "new", "webhook_status": "empty"}


@pytest.mark.parametrize("path", READS[:4])
def test_a_done_task_has_urls_for_the_picture_and_both_masks(api, tmp_path, path):
    created = api.create()
    api.finish(created, tmp_path)

    answer = api.get(path.format(created["task_id"])).json

    assert answer["task_status"] == "done"
    for name, file in (
        ("anonymized_url", "1/anonymized.jpeg"),
        ("binary_mask_url", "1/binary_mask.png"),
        ("instance_mask_url", "1/instance_mask.png"),
    ):
        assert answer[name].startswith(f"memory:///ana/{created['task_id']}/{file}?method=GET")


def test_every_read_makes_new_urls_that_live_anew(api, tmp_path):
    created = api.create()
    api.finish(created, tmp_path)
    first = api.get(f"/v2/task/{created['task_id']}/status")

    api.clock.advance(timedelta(hours=1))
    second = api.get(f"/v2/task/{created['task_id']}/status")

    assert first.json["anonymized_url"] != second.json["anonymized_url"]
    assert second.headers["Cache-Control"] == "no-store"


def test_a_task_that_is_worked_on_tells_how_far_it_is(api):
    task_id = api.create()["task_id"]
    now = api.clock.now()
    queued = api.tasks.get("ana", task_id).uploaded(Upload(3, "", b""), MediaType.JPEG, now)
    claimed = queued.task.claimed("w", now, timedelta(minutes=1))
    for moved in (queued, claimed):
        api.tasks.save(moved)
    api.tasks.update(claimed.task.renewed("w", now, timedelta(minutes=1), progress=40))

    assert api.get(f"/v2/task/{task_id}/status").json["progress"] == 40
    assert api.get(f"/v2/task/{task_id}").json["progress"] == 40


def test_progress_is_shown_of_what_waits_but_is_looked_at_already(api):
    task_id = api.create()["task_id"]
    queued = api.tasks.get("ana", task_id).uploaded(Upload(3, "", b""), MediaType.MP4, api.clock.now())
    api.tasks.save(queued)
    assert "progress" not in api.get(f"/v2/task/{task_id}/status").json

    api.tasks.update(queued.task.under_way(api.clock.now(), progress=12))

    assert api.get(f"/v2/task/{task_id}/status").json["progress"] == 12


@pytest.mark.parametrize("path", READS[:4])
def test_a_failed_task_says_why(api, path):
    created = api.create()
    api.fail(created, FailureCause.IMAGE_DEFECT)

    answer = api.get(path.format(created["task_id"])).json

    assert (answer["task_status"], answer["failure_cause"]) == ("failed", "IMAGE_DEFECT")
    assert "anonymized_url" not in answer


@pytest.mark.parametrize("path", READS[:4])
def test_a_failed_task_says_what_exactly_was_wrong(api, path):
    created = api.create()
    api.fail(created, FailureCause.IMAGE_DEFECT, "the JPEG is truncated")

    assert api.get(path.format(created["task_id"])).json["failure_reason"] == "the JPEG is truncated"


def test_where_the_report_would_be_a_failed_task_says_why_there_is_none(api):
    created = api.create()
    api.fail(created, FailureCause.VERIFICATION_FAILED, "A face was not replaced.")

    answer = api.get(f"/v2/task/{created['task_id']}/report")

    assert answer.status == 409
    assert "It failed: VERIFICATION_FAILED: A face was not replaced." in answer.error


def test_what_the_installation_lacks_is_not_told_to_owners(api):
    created = api.create()
    api.fail(created, FailureCause.MODEL_UNAVAILABLE, "The model centerface is not in /srv/veil/models.")

    assert "failure_reason" not in api.get(f"/v2/task/{created['task_id']}").json
    assert "/srv" not in api.get(f"/v2/task/{created['task_id']}/report").error


@pytest.mark.parametrize("kind", ["metadata", "report"])
def test_documents_are_what_was_stored_as_it_is(api, tmp_path, kind):
    document = '{"id": "1",  "size": [512, 512], "detections": [{"type_label": "face"}]}\n'
    created = api.create()
    api.finish(created, tmp_path, metadata=document)

    answer = api.get(f"/v2/task/{created['task_id']}/{kind}")

    assert (answer.status, answer.text) == (200, document)
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("kind", ["metadata", "report"])
def test_before_a_task_is_done_it_has_no_documents(api, kind):
    created = api.create()

    answer = api.get(f"/v2/task/{created['task_id']}/{kind}")

    assert answer.status == 409
    assert answer.error == f"There is no {kind}. Task {created['task_id']} is new, not done."


def test_a_task_that_is_deleted_while_its_metadata_is_read_is_404(api, tmp_path, monkeypatch):
    created = api.create()
    api.finish(created, tmp_path)
    fetch = api.media.fetch

    def fetch_after_the_owner_deleted(key, into):
        delete_task("ana", created["task_id"], tasks=api.tasks, media=api.media, clock=api.clock)
        return fetch(key, into)

    monkeypatch.setattr(api.media, "fetch", fetch_after_the_owner_deleted)
    answer = api.get(f"/v2/task/{created['task_id']}/metadata")

    assert (answer.status, answer.error) == (404, "Task is deleted. Please upload a new task.")


@pytest.mark.parametrize(("method", "path"), OF_ONE_TASK)
def test_an_id_of_nobody_and_an_id_of_somebody_else_get_the_same_answer_with_status_400(api, method, path):
    others = api.create(owner="bob")["task_id"]

    of_bob = api.call(method, path.format(others))
    of_nobody = api.call(method, path.format(42))

    assert (of_bob.status, of_bob.error) == (400, MISSING.format(others))
    assert (of_nobody.status, of_nobody.error) == (400, MISSING.format(42))
    assert api.get(f"/v2/task/{others}", owner="bob").status == 200


@pytest.mark.parametrize("text", ["abc", "12x", "1_0", "1.5", "status", "%20", "١٢"])
@pytest.mark.parametrize(("method", "path"), OF_ONE_TASK)
def test_an_id_that_is_no_integer_is_refused(api, method, path, text):
    answer = api.call(method, path.format(text))

    assert (answer.status, answer.error) == (400, f"Wrong format for Task ID. {text} is not an integer.")


@pytest.mark.parametrize("number", ["-1", "+7", str(2**63), "9" * 6000])
def test_an_integer_that_no_store_can_hold_is_the_id_of_nobody(api, number):
    answer = api.get(f"/v2/task/{number}")

    assert (answer.status, answer.error) == (400, MISSING.format(number))


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v2/task//status"), ("GET", "/v2/task//status/"), ("GET", "/v2/task//metadata"), ("DELETE", "/v2/task/")],
)
def test_a_missing_id_is_400_with_a_message(api, method, path):
    answer = api.call(method, path)

    assert (answer.status, answer.error) == (400, "Getting task results failed. Please enter a task ID.")


@pytest.mark.parametrize(("method", "path"), [*OF_ONE_TASK, ("GET", "/v2/task"), ("GET", "/v2/task//status")])
def test_without_an_identity_every_route_answers_401(api, method, path):
    created = api.create()

    answer = api.call(method, path.format(created["task_id"]), owner=None)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_deleting_answers_with_the_new_state_and_takes_the_files_along(api, tmp_path):
    created = api.create()
    api.finish(created, tmp_path)

    answer = api.call("DELETE", f"/v2/task/{created['task_id']}")

    assert (answer.status, answer.json) == (200, {"task_id": created["task_id"], "task_status": "deleted"})
    assert api.media.stat(f"ana/{created['task_id']}/1/anonymized.jpeg") is None


@pytest.mark.parametrize(("method", "path"), OF_ONE_TASK)
def test_a_deleted_task_is_404_ever_after(api, method, path):
    created = api.create()
    api.call("DELETE", f"/v2/task/{created['task_id']}")

    answer = api.call(method, path.format(created["task_id"]))

    assert (answer.status, answer.error) == (404, "Task is deleted. Please upload a new task.")


def test_a_task_that_has_not_ended_can_be_cancelled(api):
    task_id = api.create()["task_id"]

    answer = api.call("POST", f"/v2/task/{task_id}/cancel")

    assert (answer.status, answer.json["task_status"], answer.json["failure_cause"]) == (200, "failed", "CANCELLED")
    assert api.get(f"/v2/task/{task_id}/status").json == answer.json


def test_a_task_that_has_ended_cannot_be_cancelled(api, tmp_path):
    created = api.create()
    api.finish(created, tmp_path)

    answer = api.call("POST", f"/v2/task/{created['task_id']}/cancel")

    assert (answer.status, "is done; it cannot be cancelled" in answer.error) == (409, True)


def test_nobody_cancels_what_is_not_theirs(api):
    task_id = api.create()["task_id"]

    assert api.call("POST", f"/v2/task/{task_id}/cancel", owner="ben").status == 400
    assert "failure_cause" not in api.get(f"/v2/task/{task_id}/status").json

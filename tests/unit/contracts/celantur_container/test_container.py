"""The container's REST mode: forms, waiting, tasks (contracts/celantur.md part C)."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from urllib3.filepost import encode_multipart_formdata

from veil.contracts.celantur_container.upload import announced_form
from veil.domain.causes import FailureCause
from veil.domain.origin import Api, WebhookHeader
from veil.domain.policy import AnonymizationMethod, ObjectClass
from veil.http.errors import HttpError
from veil.http.file_upload import UploadRules

FORM_TYPE = "multipart/form-data; boundary=b"
ANY_UPLOAD = UploadRules(frozenset(ObjectClass), lambda url: None)


def upload(headers):
    """Return the upload of a form that is announced by the headers."""
    sent = {"content-type": FORM_TYPE, **headers}
    return announced_form("ana", sent, {}, rules=ANY_UPLOAD, api_url="https://veil.example.org")


VENDORS_QUERY = (
    "face=True&license_plate=False&person=False&vehicle=False&method=blur&format=whole&bbox=False&debug=False"
    "&score=False&ignores=[]&quality=0&save_mask=&watermark=False"
)


def created_by(task):
    return {"customer_id": task.owner, "task_id": task.task_id}


@pytest.fixture
def done(api, tmp_path):
    """The id of a task that is done."""
    sent = api.send_form().json["id"]
    api.finish_file(sent, tmp_path)
    return sent


def test_the_vendors_query_is_taken_though_half_of_it_is_empty_or_unknown(api):
    sent = api.send_form(VENDORS_QUERY)

    policy = api.task_of(sent.json["id"]).policy
    assert (sent.status, policy.method, policy.classes) == (200, AnonymizationMethod.BLUR, (ObjectClass.FACE,))
    assert (policy.quality, policy.masks) == (None, "all")


def test_an_asynchronous_upload_is_answered_at_once(api):
    sent = api.send_form().json

    assert sent["status"] == "queued"
    assert sent["name"] == "a photo.jpg"
    assert sent["anonymised_url"] is None
    assert api.task_of(sent["id"]).origin.api is Api.CONTAINER


@pytest.mark.parametrize("value", ["1", "true", "True", "yes"])
def test_any_truth_asks_for_an_answer_at_once(api, value):
    assert api.send_form(is_async=False, headers={"x-is-async": value}).json["status"] == "queued"


@pytest.mark.parametrize("headers", [{}, {"x-is-async": "0"}, {"x-is-async": "False"}, {"x-is-async": ""}])
def test_without_it_the_caller_wants_to_wait_for_the_work(headers):
    assert upload(headers).waits


@pytest.fixture
def waited(api):
    """Answers a caller who waited for a task as it stands now."""

    def answer(file_id):
        return json.loads(upload({}).respond(api.task_of(file_id)).body)

    return answer


def test_a_caller_who_waited_gets_links_to_the_results(api, done, waited):
    ended = waited(done)

    link = f"https://veil.example.org/v1/file/{done}"
    assert ended["status"] == "done"
    assert ended["anonymised_url"] == f"{link}/anonymised"
    assert ended["binary_mask_url"] == f"{link}/binary-mask"
    assert ended["metadata_url"] == f"{link}/metadata"
    assert api.get(f"/v1/file/{done}/anonymised").status == 307


def test_a_caller_who_waited_for_work_that_failed_is_told_why(api, waited):
    sent = api.send_form().json["id"]
    api.fail(created_by(api.task_of(sent)), FailureCause.IMAGE_DEFECT)

    with pytest.raises(HttpError) as refused:
        waited(sent)

    assert refused.value.status_code == 422
    assert refused.value.text.endswith("could not be anonymized: IMAGE_DEFECT.")


def test_a_caller_who_waited_too_long_is_told_where_to_ask(api, waited):
    sent = api.send_form().json["id"]

    with pytest.raises(HttpError, match=f"GET /v1/task/{sent}") as refused:
        waited(sent)

    assert refused.value.status_code == 504


def test_a_caller_who_waited_for_what_was_deleted_meanwhile_is_told_so(api, done, waited):
    api.call("DELETE", f"/v2/task/{api.task_of(done).task_id}")

    with pytest.raises(HttpError) as refused:
        waited(done)

    assert refused.value.status_code == 404


def test_a_form_that_names_no_class_hides_all_that_can_be_found(api):
    policy = api.task_of(api.send_form("").json["id"]).policy

    assert policy.classes == (ObjectClass.FACE, ObjectClass.LICENSE_PLATE)


def test_a_form_that_asks_for_no_class_is_refused(api):
    assert api.send_form("face=False&person=False").status == 400


def test_a_known_parameter_with_a_wrong_value_is_refused_here_too(api):
    sent = api.send_form("face=True&method=smear")

    assert (sent.status, sent.error) == (400, "Could not take the file. method parameter received an unexpected value.")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("face=True&web-auth-header-name=X-Key&web-auth-header-value=s3cret", {}),
        ("face=True&web_auth_header_name=X-Key&web_auth_header_value=s3cret", {}),
        ("face=True", {"Web-Auth-Header-Name": "X-Key", "Web-Auth-Header-Value": "s3cret"}),
    ],
)
def test_the_webhooks_own_header_is_kept_and_never_shown(api, log, query, headers):
    sent = api.send_form(f"{query}&webhook=https%3A%2F%2Fhook.example%2F", headers=headers)

    task = api.task_of(sent.json["id"])
    assert task.origin.webhook_header == WebhookHeader("X-Key", "s3cret")
    shown = [sent, api.get(f"/v1/task/{sent.json['id']}"), api.get("/v1/list"), api.get(f"/v2/task/{task.task_id}")]
    assert not any("s3cret" in answer.text for answer in shown)
    assert "s3cret" not in log.getvalue() + repr(task)


@pytest.mark.parametrize(
    "query",
    [
        "web-auth-header-name=X-Key",
        "web-auth-header-value=v",
        "web-auth-header-name=Host&web-auth-header-value=v",
        "web-auth-header-name=webhook-id&web-auth-header-value=v",
        "web-auth-header-name=X%0D%0AY&web-auth-header-value=v",
        "web-auth-header-name=X&web-auth-header-value=a%0D%0AHost%3A%20b",
    ],
)
def test_a_header_that_would_change_the_call_is_refused(api, query):
    assert api.send_form(f"face=True&{query}").status == 400


def test_a_task_tells_how_it_stands(api, done):
    task = api.get(f"/v1/task/{done}").json

    assert (task["id"], task["status"], task["webhook_status"]) == (done, "done", "empty")


def test_a_failed_task_tells_its_cause(api):
    sent = api.send_form().json["id"]
    api.fail(created_by(api.task_of(sent)), FailureCause.VERIFICATION_FAILED)

    task = api.get(f"/v1/task/{sent}").json

    assert (task["status"], task["failure_cause"]) == ("failed", "VERIFICATION_FAILED")
    assert task["anonymised_url"] is None


def test_the_list_has_the_owners_tasks_newest_first_and_pages(api):
    ids = []
    for _ in range(3):
        ids.append(api.send_form().json["id"])
        api.clock.advance(timedelta(seconds=1))
    api.send_form(owner="ben")

    assert [each["id"] for each in api.get("/v1/task/list/").json] == ids[::-1]
    assert [each["id"] for each in api.get("/v1/task/list?limit=2&page=2").json] == ids[:1]


def test_deleting_a_task_leaves_nothing_of_it(api, done):
    task_id = api.task_of(done).task_id

    answer = api.call("DELETE", f"/v1/task/{done}")

    assert (answer.status, answer.json) == (200, {"id": done, "status": "forgotten"})
    assert api.get(f"/v1/task/{done}").status == 404
    assert api.get(f"/v2/task/{task_id}").status == 400
    assert api.get("/v1/task/list").json == []
    assert api.get("/v2/task").json["items"] == []
    assert api.get("/v1/list").json["total_item_count"] == "0"
    assert api.media.stat(f"ana/{task_id}/original") is None
    assert api.call("DELETE", f"/v1/task/{done}").status == 404


def test_deleting_the_input_leaves_the_results(api, done):
    answer = api.call("DELETE", f"/v1/task/{done}?input=true")

    assert answer.json["status"] == "done"
    assert api.get(f"/v1/file/{done}/original").status == 404
    assert api.get(f"/v1/file/{done}/anonymised").status == 307


def test_deleting_the_output_leaves_the_record(api, done):
    answer = api.call("DELETE", f"/v1/task/{done}?output=true&record=false")

    assert answer.json["status"] == "deleted"
    assert api.get(f"/v1/task/{done}").json["status"] == "deleted"
    assert api.get(f"/v1/file/{done}/anonymised").status == 404


def test_an_input_that_is_still_needed_is_not_deleted_alone(api):
    sent = api.send_form().json["id"]

    assert api.call("DELETE", f"/v1/task/{sent}?input=true").status == 409
    assert api.call("DELETE", f"/v1/task/{sent}").status == 200


def test_a_record_goes_after_its_files_went(api, done):
    api.call("DELETE", f"/v1/task/{done}?output=true")

    assert api.call("DELETE", f"/v1/task/{done}?record=true").json["status"] == "forgotten"


@pytest.mark.parametrize("query", ["inptu=true", "input=maybe", "input=true&input=false"])
def test_a_deletion_that_is_not_understood_deletes_nothing(api, done, query):
    assert api.call("DELETE", f"/v1/task/{done}?{query}").status == 400
    assert api.call("DELETE", f"/v1/task/list?{query}").status == 400
    assert api.get(f"/v1/task/{done}").json["status"] == "done"


@pytest.mark.parametrize("path", ["/v1/task/list", "/v1/task/lists"])
def test_deleting_the_list_leaves_nothing_of_the_owners_and_all_of_others(api, done, path):
    waiting, other = api.send_form().json["id"], api.send_form(owner="ben").json["id"]

    answer = api.call("DELETE", path)

    assert (answer.status, answer.json) == (200, {"deleted": 2})
    assert [api.get(f"/v1/task/{each}").status for each in (done, waiting)] == [404, 404]
    assert api.get(f"/v1/task/{other}", owner="ben").json["status"] == "queued"


def test_deleting_all_inputs_keeps_those_that_are_still_needed(api, done):
    waiting = api.send_form().json["id"]

    assert api.call("DELETE", "/v1/task/list?input=true").json == {"deleted": 1}
    assert api.get(f"/v1/file/{waiting}/original").status == 307


@pytest.mark.parametrize("path", ["video/anonymised", "video/anonymized", "video/metadata"])
def test_an_image_has_no_video(api, done, path):
    answer = api.get(f"/v1/file/{done}/{path}")

    assert answer.status == 409
    assert "is an image" in answer.error


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_anothers_task_looks_like_no_task(api, done, method):
    for file_id, owner in ((done, "ben"), (str(uuid4()), "ana")):
        assert api.call(method, f"/v1/task/{file_id}", owner=owner).status == 404


@pytest.mark.parametrize(
    "fields", [{"file": ("a.jpg", b"\xff\xd8\xff", "image/jpeg")}, {}, [("fileobject", ("a.jpg", b"x", "x"))] * 2]
)
def test_a_form_without_one_file_is_refused(api, fields):
    body, content_type = encode_multipart_formdata(fields)

    sent = api.call("POST", "/v1/file?face=True", body, headers={"Content-Type": content_type}, is_base64=True)

    assert sent.status == 400


@pytest.mark.parametrize("name", ["method", "license-plate"])
def test_a_parameter_in_the_form_is_refused_since_it_would_not_be_done(api, name):
    fields = [(name, "blacken"), ("fileobject", ("a.jpg", b"\xff\xd8\xff", "image/jpeg"))]
    body, content_type = encode_multipart_formdata(fields)

    sent = api.call("POST", "/v1/file?face=True", body, headers={"Content-Type": content_type}, is_base64=True)

    assert sent.status == 400
    assert f"{name} parameter" in sent.error
    assert "query" in sent.error

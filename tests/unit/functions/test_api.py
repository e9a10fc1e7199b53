"""The functions behind API Gateway, by the events it sends."""

import base64
import json

import pytest

from veil.domain.media import original_key
from veil.http.file_id import task_id_of

OWNER = "3b1f7c1e-0000-4000-8000-000000000001"


def request(method, path, body=None, owner=None):
    return {
        "resource": "/",
        "path": path,
        "httpMethod": method,
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "requestContext": {
            "requestId": "r",
            "stage": "api",
            "authorizer": {"claims": {"sub": owner}} if owner else None,
        },
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("path", ["/v2/task", "/v2/task/"])
def test_a_signed_in_user_creates_a_task_and_gets_a_url_signed_by_sigv4(start, path):
    body = {"anonymization_method": "blur", "face": True}

    answer = start("tasks_api")(request("POST", path, body, owner=OWNER))

    created = json.loads(answer["body"])
    assert answer["statusCode"] == 200
    assert created["task_status"] == "new"
    assert "X-Amz-Signature=" in created["upload_url"]
    assert f"{OWNER}/{created['task_id']}/original" in created["upload_url"]


def test_without_a_verified_user_there_is_nothing(start):
    assert start("tasks_api")(request("GET", "/v2/task"))["statusCode"] == 401


def test_a_class_that_no_model_finds_is_refused(start):
    body = {"anonymization_method": "blur", "person": True}

    assert start("tasks_api")(request("POST", "/v2/task", body, owner=OWNER))["statusCode"] == 400


def test_whether_the_service_is_ready_is_told_to_everybody(start):
    assert json.loads(start("tasks_api")(request("GET", "/v1/status"))["body"]) == {"status": "ready"}


JPEG = b"\xff\xd8\xff\xc0\x00\x11\x08\x02\x00\x02\x00\xfe no text, and the beginning of a picture of 512 x 512"


def picture(content=JPEG, **headers):
    """Return an upload as API Gateway sends it: every body is binary to it, whatever the client called it."""
    event = request("POST", "/v1/file", owner=OWNER)
    event["multiValueQueryStringParameters"] = {"face": ["True"]}
    event["headers"] = headers
    return event | {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}


@pytest.fixture
def files_api(start):
    return start("files_api")


@pytest.mark.parametrize("content_type", ["image/jpeg", "application/x-www-form-urlencoded", None])
def test_a_picture_arrives_unchanged_and_its_task_waits_on_its_lane(
    files_api, clients, environment, waiting, content_type
):
    answer = files_api(picture(**({"Content-Type": content_type} if content_type else {})))

    taken = json.loads(answer["body"])
    task_id = task_id_of(taken["file_id"])
    kept = clients.s3.get_object(Bucket=environment["VEIL_BUCKET"], Key=original_key(OWNER, task_id))["Body"].read()
    assert (answer["statusCode"], taken["file_status"]) == (200, "queued")
    assert kept == JPEG
    assert [json.loads(each)["task_id"] for each in waiting("express")] == [task_id]


def test_the_event_of_an_upload_that_is_queued_already_changes_nothing(
    start, files_api, stores, uploaded, sqs_event, waiting
):
    task_id = task_id_of(json.loads(files_api(picture())["body"])["file_id"])
    before = stores.tasks.get(OWNER, task_id)

    answer = start("on_upload")(sqs_event(uploaded(before)))

    assert answer == {"batchItemFailures": []}
    assert stores.tasks.get(OWNER, task_id) == before
    assert {json.loads(each)["task_id"] for each in waiting("express")} == {task_id}


def test_what_is_sent_comes_back_behind_a_redirect_to_a_fresh_signed_url(files_api):
    file_id = json.loads(files_api(picture())["body"])["file_id"]

    answer = files_api(request("GET", f"/v1/file/{file_id}/original", owner=OWNER))

    assert answer["statusCode"] == 307
    assert "X-Amz-Signature=" in answer["headers"]["Location"]


def test_files_are_listed_and_told_of_to_their_owner_only(files_api):
    file_id = json.loads(files_api(picture())["body"])["file_id"]

    mine = json.loads(files_api(request("GET", "/v1/list", owner=OWNER))["body"])
    others = files_api(request("GET", f"/v1/file/{file_id}/status", owner="somebody-else"))

    assert [each["file_id"] for each in mine["items"]] == [file_id]
    assert others["statusCode"] == 404


def test_a_picture_beyond_the_vendors_limit_is_refused_in_words(files_api, waiting):
    answer = files_api(picture(JPEG + bytes(4_450_000)))

    assert answer["statusCode"] == 413
    assert "4450000" in json.loads(answer["body"])["error"]
    assert waiting("express") == []


def test_a_form_is_sent_to_a_node_and_leaves_no_task(files_api, waiting):
    answer = files_api(picture(**{"Content-Type": "multipart/form-data; boundary=b"}))

    assert answer["statusCode"] == 415
    assert "node" in json.loads(answer["body"])["error"]
    assert waiting("express") == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/file"), ("GET", "/v1/list")])
def test_nothing_is_taken_or_told_without_a_verified_user(files_api, method, path):
    assert files_api(request(method, path))["statusCode"] == 401


@pytest.fixture
def sign_in(start, clients, user_pool, app_client, monkeypatch):
    clients.cognito.admin_create_user(UserPoolId=user_pool, Username="ana@example.com")
    clients.cognito.admin_set_user_password(
        UserPoolId=user_pool, Username="ana@example.com", Password="Correct-Horse-1", Permanent=True
    )
    monkeypatch.setenv("VEIL_USER_POOL", user_pool)
    monkeypatch.setenv("VEIL_APP_CLIENT", app_client)
    return start("sign_in")


@pytest.mark.parametrize("path", ["/v1/signin", "/v2/signin", "/v2/signin/"])
def test_the_right_password_opens(sign_in, path):
    answer = sign_in(request("POST", path, {"username": "ana@example.com", "password": "Correct-Horse-1"}))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["AccessToken"]


def test_a_wrong_one_does_not(sign_in):
    answer = sign_in(request("POST", "/v2/signin", {"username": "ana@example.com", "password": "wrong"}))

    assert answer["statusCode"] == 401

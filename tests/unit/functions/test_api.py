"""The two functions behind API Gateway, by the events it sends."""

import json

import pytest

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


@pytest.fixture
def sign_in(start, clients, user_pool, app_client, monkeypatch):
    clients.cognito.admin_create_user(UserPoolId=user_pool, Username="ana@example.com")
    clients.cognito.admin_set_user_password(
        UserPoolId=user_pool, Username="ana@example.com", Password="Correct-Horse-1", Permanent=True
    )
    monkeypatch.setenv("VEIL_APP_CLIENT", app_client)
    return start("sign_in")


@pytest.mark.parametrize("path", ["/v2/signin", "/v2/signin/"])
def test_the_right_password_opens(sign_in, path):
    answer = sign_in(request("POST", path, {"username": "ana@example.com", "password": "Correct-Horse-1"}))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["AccessToken"]


def test_a_wrong_one_does_not(sign_in):
    answer = sign_in(request("POST", "/v2/signin", {"username": "ana@example.com", "password": "wrong"}))

    assert answer["statusCode"] == 401

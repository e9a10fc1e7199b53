"""What goes wrong outside the routes, and who may call from a browser."""

import json

import pytest
from aws_lambda_powertools import Logger

from veil.http.resolver import new_app


@pytest.mark.parametrize("path", ["/", "/v2", "/v2/tasks", "/v3/task", "/v2/task/1/original"])
def test_an_unknown_path_is_404_in_the_contracts_shape(api, path):
    answer = api.get(path)

    assert (answer.status, answer.error) == (404, f"There is nothing at {path}.")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v2/task", "DELETE, GET, POST"),
        ("POST", "/v2/task/1", "DELETE, GET"),
        ("DELETE", "/v2/task/1/status", "GET"),
        ("GET", "/v2/signin/", "POST"),
        ("HEAD", "/v1/status", "GET"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(api, method, path, allowed):
    answer = api.call(method, path)

    assert answer.status == 405
    assert answer.error == f"{method} is not allowed here. Allowed: {allowed}."
    assert answer.headers["Allow"] == allowed


def test_an_unexpected_error_is_500_names_the_operator_and_tells_nothing_of_its_cause(api, log):
    message = "cannot read https://bucket/?X-Amz-Signature=secret"

    def broken(owner, query):
        raise OSError(message)

    api.tasks.list = broken
    answer = api.get("/v2/task", headers={"Authorization": "a-token"})

    assert answer.status == 500
    assert answer.error == (
        "An unexpected error occurred. If the problem persists, please contact the operator of this service."
    )
    told = json.loads(log.getvalue())
    assert (told["level"], told["error_type"], told["request_id"]) == ("ERROR", "OSError", "e43c18d2-req")
    assert "broken" in told["raised_at"][-1]
    assert "secret" not in log.getvalue()
    assert "a-token" not in log.getvalue()


def test_no_setting_of_the_environment_makes_requests_appear_in_the_log(monkeypatch, capsys, make_event):
    logger = Logger(service="test-debug")  # made first: it warns of the setting
    monkeypatch.setenv("POWERTOOLS_DEV", "true")
    app = new_app(logger=logger)

    app.resolve(make_event("GET", "/nowhere", headers={"Authorization": "a-token"}), None)

    assert "a-token" not in capsys.readouterr().out


def test_a_browser_of_any_origin_may_ask_first(api):
    answer = api.call("OPTIONS", "/v2/task", owner=None, headers={"Origin": "https://maps.example.org"})

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Allow-Methods"] == "DELETE,GET,OPTIONS,POST"


def test_a_browser_may_read_refusals_too(api):
    answer = api.get("/v2/task/abc", headers={"Origin": "https://maps.example.org"})

    assert answer.status == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/v1/status", "/v1/status/"])
def test_a_ready_service_says_so_to_anybody(api, path):
    answer = api.get(path, owner=None)

    assert (answer.status, answer.json) == (200, {"status": "ready"})


def test_a_service_that_is_not_ready_says_why_with_the_containers_status_500(api):
    api.not_ready = "No face model is installed."

    answer = api.get("/v1/status", owner=None)

    assert (answer.status, answer.error) == (500, "No face model is installed.")

"""What goes wrong outside the routes, who may call from a browser, and who is calling."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier

import pytest
from aws_lambda_powertools import Logger

from veil.domain.errors import StoreFullError
from veil.domain.principal import Principal
from veil.http.request import Request
from veil.http.response import json_response
from veil.http.router import Router
from veil.http.routing import Route


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


def test_a_full_disk_is_507_and_logged(api, log):
    def full(task):
        raise StoreFullError("The disk is full.")

    api.tasks.add = full
    answer = api.call("POST", "/v2/task", body='{"anonymization_method": "blur", "face": true}')

    assert answer.status == 507
    assert answer.error.startswith("There is no room for anything more.")
    assert json.loads(log.getvalue())["error_type"] == "StoreFullError"


@pytest.mark.parametrize(("path", "allowed"), [("/v2/task", "DELETE, GET, POST"), ("/v1/status/", "GET")])
def test_which_methods_there_are_is_told_to_anybody(api, path, allowed):
    answer = api.call("OPTIONS", path, owner=None)

    assert (answer.status, answer.headers["Allow"], answer.text) == (204, f"{allowed}, OPTIONS", "")


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


def test_forty_callers_at_the_same_time_are_never_taken_for_each_other():
    together = Barrier(40)

    def who(request, task_id):
        together.wait(timeout=30)
        return json_response(200, [request.owner, task_id, request.query["page"]])

    router = Router([Route("GET", "/v2/task/{task_id}", who)], logger=Logger(service="test-forty", stream=StringIO()))

    def call(number):
        asked = Request(
            method="GET",
            path=f"/v2/task/{number}",
            query={"page": [str(number)]},
            principal=Principal(f"owner-{number}"),
        )
        return json.loads(router.answer(asked).body)

    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(call, range(200)))

    assert answers == [[f"owner-{number}", str(number), [str(number)]] for number in range(200)]

"""One table says which method of which path is answered by what, and how paths are called."""

import pytest

from veil.http.errors import HttpError
from veil.http.routing import Route, RouteTable

ROUTES = (
    Route("GET", "/task/{task_id}", "one"),
    Route("DELETE", "/task/{task_id}", "delete"),
    Route("GET", "/task/list", "list"),
    Route("GET", "/task/{task_id}/part/{part}", "part"),
    Route("POST", "/a.b", "dotted"),
)


@pytest.fixture
def table():
    return RouteTable(ROUTES)


@pytest.mark.parametrize(
    ("path", "handler", "parameters"),
    [
        ("/task/7", "one", {"task_id": "7"}),
        ("/task/7/", "one", {"task_id": "7"}),
        ("/task/7//", "one", {"task_id": "7"}),
        ("/task/list", "list", {}),
        ("/task/list/", "list", {}),
        ("/task/7/part/a b", "part", {"task_id": "7", "part": "a b"}),
        ("/task/\N{SUPERSCRIPT TWO}", "one", {"task_id": "\N{SUPERSCRIPT TWO}"}),
    ],
)
def test_a_path_leads_to_its_route_with_and_without_slashes_at_its_end(table, path, handler, parameters):
    match = table.find("GET", path)

    assert (match.route.handler, match.parameters) == (handler, parameters)


@pytest.mark.parametrize(
    "path", ["/", "/task", "/task//part/x", "//task/7", "/task/7?x", "/task/7#x", "/aXb", "/a.b\n"]
)
def test_nothing_is_anywhere_else(table, path):
    with pytest.raises(HttpError) as refused:
        table.find("GET", path)

    assert refused.value.status_code == 404
    assert table.template(path) is None


def test_a_method_that_is_not_taken_is_told_which_are(table):
    with pytest.raises(HttpError) as refused:
        table.find("PUT", "/task/list")

    assert refused.value.status_code == 405
    assert refused.value.headers == {"Allow": "DELETE, GET"}


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/task/7/", "/task/{task_id}"),
        ("/task/list", "/task/list"),
        ("/task/secret/part/1", "/task/{task_id}/part/{part}"),
    ],
)
def test_a_path_is_named_by_its_route_whatever_stands_in_it(table, path, template):
    assert table.template(path) == template


def test_two_answers_to_one_question_are_a_mistake():
    with pytest.raises(ValueError, match="same method and path"):
        RouteTable([*ROUTES, Route("GET", "/task/list", "another")])

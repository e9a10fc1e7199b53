"""One request after the other goes through the resolver, each as its own caller."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from aws_lambda_powertools import Logger

from veil.http.identity import signed_in_owner
from veil.http.resolver import new_app
from veil.node.endpoints.resolver import ResolverDoor, bearer
from veil.node.endpoints.rest_event import PlainRequest


@pytest.fixture
def door():
    """A door to one route, which takes its time and then says who is calling."""
    app = new_app(logger=Logger(service="test-resolver-door"))

    @app.get("/who")
    def who():
        sleep(0.002)
        return {"owner": signed_in_owner(app.current_event)}

    return ResolverDoor(app, lambda token: token or None)


def request(token):
    return PlainRequest("GET", "/who", [("authorization", token)], [], b"", "203.0.113.1", "r1")


def test_callers_at_the_same_time_are_never_taken_for_each_other(door):
    callers = [f"owner-{number}" for number in range(200)]

    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda caller: door.answer(request(caller)).body.decode(), callers))

    assert answers == [f'{{"owner":"{caller}"}}' for caller in callers]


@pytest.mark.parametrize(
    ("header", "token"),
    [("abc", "abc"), ("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("", ""), ("Bearer", "Bearer"), ("a b", "a b")],
)
def test_a_token_is_taken_bare_or_after_bearer(header, token):
    assert bearer(header) == token

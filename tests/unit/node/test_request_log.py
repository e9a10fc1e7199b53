"""Requests are logged and counted by few names, and errors told without what they quote."""

import asyncio
import logging

import pytest

from veil.http.routing import Route, RouteTable
from veil.node.app import route_of
from veil.node.metrics import Backlog, NodeMetrics
from veil.node.request_log import RequestLog, task_id_of


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v2/task/", "/v2/task"),
        ("/v2/task/1693295888421318/status", "/v2/task/{task_id}/status"),
        ("/media/some-owner/7/1/anonymized.jpeg", "/media/{key}"),
        ("/docs/", "/docs"),
        ("/", "/"),
        ("/elsewhere", None),
    ],
)
def test_a_path_is_on_one_of_a_few_routes(path, route):
    table = RouteTable([Route("GET", "/v2/task", None), Route("GET", "/v2/task/{task_id}/status", None)])

    assert route_of(table, path) == route


@pytest.mark.parametrize(
    ("path", "task_id"),
    [
        ("/v2/task/7", 7),
        ("/media/a1b2/7/original", 7),
        ("/v2/task", None),
        ("/v2/task/²", None),
        ("/" + "9" * 5000, None),
    ],
)
def test_the_task_id_is_read_from_any_path(path, task_id):
    assert task_id_of(path) == task_id


@pytest.fixture
def metrics():
    return NodeMetrics(lambda: Backlog({"done": 3}, 1.5, {"dead": 1}, 2))


def test_an_error_is_logged_without_its_message_and_counted(metrics, caplog):
    token = "t0ken"

    async def broken(scope, receive, send):
        raise ValueError(token)

    scope = {"type": "http", "method": "GET", "path": "/v2/task"}
    with caplog.at_level(logging.INFO):
        asyncio.run(RequestLog(broken, metrics, route_of=lambda path: path)(scope, None, None))

    error, request = caplog.records
    assert (error.message, error.error_type, error.levelname) == ("unexpected error", "ValueError", "ERROR")
    assert error.request_id == request.request_id == scope["state"]["request_id"]
    assert request.status == 500
    assert token not in str([vars(record) for record in caplog.records])
    assert 'veil_http_requests_total{method="GET",route="/v2/task",status="500"} 1.0' in metrics.exposition()


def test_the_backlog_is_read_when_it_is_asked_for(metrics):
    text = metrics.exposition()

    assert 'veil_tasks{status="done"} 3.0' in text
    assert 'veil_webhook_deliveries{state="dead"} 1.0' in text
    assert "veil_outbox_events 2.0" in text
    assert "veil_oldest_queued_seconds 1.5" in text

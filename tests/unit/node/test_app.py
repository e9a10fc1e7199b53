"""The node's application as a whole: what becomes of errors that no endpoint answers itself."""

import asyncio
import json
from io import StringIO

from anyio import CapacityLimiter
from aws_lambda_powertools import Logger
from starlette.responses import Response

from veil.adapters.sqlite.backlog import Backlog
from veil.domain.errors import StoreFullError
from veil.http.router import Router
from veil.http.routing import Route
from veil.node.app import Endpoints, http_app
from veil.node.endpoints.routes import RoutesEndpoint
from veil.node.metrics import NodeMetrics


def test_an_upload_that_finds_the_disk_full_is_answered_507_in_the_shape_of_all_refusals():
    async def full(_request):
        raise StoreFullError("The disk is full.")

    answered = asyncio.run(post(app_of(Route("POST", "/v1/file", full, is_streaming=True)), "/v1/file"))

    body = b"".join(each.get("body", b"") for each in answered)
    assert answered[0]["status"] == 507
    assert json.loads(body)["status_code"] == 507
    assert json.loads(body)["error"].startswith("There is no room for anything more.")


def app_of(*routes):
    endpoint = RoutesEndpoint(
        router=Router(routes, logger=Logger(service="test-app", stream=StringIO())),
        principal_of=lambda token: None,
        transfers=None,
        limiter=CapacityLimiter(1),
        slow={},
    )
    metrics = NodeMetrics(lambda: Backlog({}, 0, {}, 0))
    return http_app(Endpoints(endpoint, Response("no media"), metrics), cors_origins=())


async def post(app, path):
    answered = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    return answered

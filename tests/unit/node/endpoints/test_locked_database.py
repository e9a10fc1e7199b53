"""A database that another process holds: whoever calls is told to come again."""

import json
import sqlite3
from contextlib import closing
from io import StringIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aws_lambda_powertools import Logger

from veil.adapters.clock import SystemClock
from veil.adapters.sqlite.backlog import Backlog
from veil.adapters.sqlite.database import FILE_NAME
from veil.domain.policy import ObjectClass
from veil.node.app import http_app
from veil.node.metrics import NodeMetrics
from veil.node.stores import NodeStores
from veil.node.wake_up import WakeUp
from veil.node.wiring import NodeWiring
from veil.settings import NodeSettings
from veil.use_cases.accept_upload import UploadIntake

JPEG = b"\xff\xd8\xff"
FACES = json.dumps({"anonymization_method": "blur", "face": True}).encode()


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch):
    monkeypatch.setattr("veil.adapters.sqlite.database.BUSY_TIMEOUT_SECONDS", 0.05)


@pytest.fixture
def node(folder, listening, serve):
    """What answers a node's requests, on a port of its own."""
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    stores = NodeStores.open(folder, base_url=url)
    queue, clock = WakeUp(1), SystemClock()
    wiring = NodeWiring(
        settings=NodeSettings(data=folder, models=folder, needs_sign_in=False),
        base_url=url,
        stores=stores,
        jobs_folder=None,
        queue=queue,
        clock=clock,
        intake=UploadIntake(tasks=stores.tasks, media=stores.media, queue=queue, clock=clock),
        classes=frozenset(ObjectClass),
        metrics=NodeMetrics(lambda: Backlog({}, 0, {}, 0)),
        logger=Logger(service="test-locked", stream=StringIO()),
        why_not_ready=lambda: None,
    )
    serve(listening, http_app(wiring.endpoints(), cors_origins=()))
    yield url
    stores.database.close()


def asked(method, url, *, body=None):
    """Return status, headers and body of an answer, whatever they are."""
    try:
        with urlopen(Request(url, body, {"Content-Type": "image/jpeg"}, method=method), timeout=20) as answer:
            return answer.status, answer.headers, json.loads(answer.read() or b"{}")
    except HTTPError as refused:
        return refused.code, refused.headers, json.loads(refused.read())


def test_every_route_that_writes_answers_503_and_when_to_come_again(node, folder):
    _, _, created = asked("POST", f"{node}/v2/task", body=FACES)
    task_id = created["task_id"]

    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = [
            asked("POST", f"{node}/v2/task", body=FACES),
            asked("PUT", created["upload_url"], body=JPEG),
            asked("DELETE", f"{node}/v2/task/{task_id}"),
            asked("DELETE", f"{node}/v1/task/list"),
            asked("POST", f"{node}/v1/file?method=blur&face=true", body=JPEG),
        ]
        read = asked("GET", f"{node}/v2/task/{task_id}/status")

    text = "The service is busy. Please try again in a few seconds."
    assert [answer[2] for answer in answers] == [{"status_code": 503, "error": text}] * len(answers)
    assert {answer[0] for answer in answers} == {503}
    assert {answer[1]["Retry-After"] for answer in answers} == {"10"}
    assert read[0] == 200
    assert asked("PUT", created["upload_url"], body=JPEG)[0] == 200

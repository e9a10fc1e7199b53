"""What the tests of several units share."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.memory_adapters import MemoryClock
from veil.domain.origin import V2
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return MemoryClock(NOW)


@pytest.fixture
def folder(tmp_path):
    """Where the node keeps everything."""
    return tmp_path / "node"


@pytest.fixture
def create():
    """Builds a new task: `create(7, owner="ana")` is its first transition."""

    def build(task_id=1, *, owner="ana", webhook=None, origin=V2):
        policy = Policy(face=ClassRule(hide=True))
        return Task.create(owner=owner, task_id=task_id, policy=policy, webhook=webhook, now=NOW, origin=origin)

    return build


@pytest.fixture
def start(request):
    """Starts a program of the folder `programs` beside the test as a process of its own; ends it with the test."""
    running = []

    def run(program, *arguments):
        command = [sys.executable, "-u", str(request.path.parent / "programs" / program), *map(str, arguments)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()

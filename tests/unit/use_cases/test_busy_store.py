"""A worker whose database is held by another process when its work is done."""

import sqlite3
from threading import Timer

import pytest

from veil.adapters.sqlite.database import FILE_NAME, Database
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.task import TaskStatus

HELD_SECONDS = 0.3


@pytest.fixture
def hold(tmp_path, monkeypatch):
    """Makes the database another process's for several times as long as anybody waits for it."""
    monkeypatch.setattr("veil.adapters.sqlite.database.BUSY_TIMEOUT_SECONDS", HELD_SECONDS / 6)
    others = []

    def begin():
        other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        others.append(other)
        Timer(HELD_SECONDS, other.rollback).start()

    yield begin
    for each in others:
        each.close()


@pytest.mark.parametrize(
    ("refused", "ended"),
    [(None, TaskStatus.DONE), (AnonymizationError(FailureCause.IMAGE_DEFECT, "no"), TaskStatus.FAILED)],
)
def test_what_is_done_is_told_once_the_database_can_be_written_and_not_done_again(
    refused, ended, task_service, anonymizer, hold
):
    def meanwhile():
        hold()
        if refused:
            raise refused

    with Database(task_service.folder) as database:
        task_service.tasks = SqliteTaskStore(database)
        task_id = task_service.queued()
        hands = anonymizer(meanwhile)

        task = task_service.run(task_id, hands)

        assert (task.status, task.runs, len(hands.sources)) == (ended, 1, 1)
        assert task_service.task(task_id).status is ended

"""Waiting tasks become one job."""

import pytest

from veil.adapters.aws.queue import REFS
from veil.ports.queue import TaskRef


@pytest.fixture
def submitted(monkeypatch):
    """The lists that jobs were started for. moto runs jobs only in Docker, so the lane itself is tested in unit/aws."""
    from veil.adapters.aws.batch import BatchLane

    lists = []
    monkeypatch.setattr(BatchLane, "submit", lambda self, refs: lists.append(list(refs)) or "job-1")
    return lists


def test_each_task_is_on_the_list_once(start, submitted, sqs_event, monkeypatch):
    monkeypatch.setenv("VEIL_JOB_QUEUE", "queue")
    monkeypatch.setenv("VEIL_JOB_DEFINITION", "definition")
    refs = [TaskRef("ana", 1), TaskRef("ana", 2), TaskRef("ana", 1)]

    answer = start("start_batch_job")(sqs_event(*map(REFS.dump, refs)))

    assert answer == {"batchItemFailures": []}
    assert submitted == [[TaskRef("ana", 1), TaskRef("ana", 2)]]

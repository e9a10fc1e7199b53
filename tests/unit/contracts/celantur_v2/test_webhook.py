from dataclasses import replace
from datetime import UTC, datetime

import pytest

from veil.contracts.celantur_v2.webhook import webhook_fields
from veil.domain.causes import FailureCause
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task, TaskStatus

POLICY = Policy(face=ClassRule(hide=True))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://files.example/result?X-Amz-Expires=14400&X-Amz-Signature=abc"


@pytest.fixture
def done():
    created = Task.create(owner="ana", task_id=1693295888421318, policy=POLICY, webhook="https://a.example", now=NOW)
    return replace(created.task, status=TaskStatus.DONE)


def test_a_done_task_is_told_with_exactly_the_fields_of_the_contract(done):
    assert webhook_fields(done, URL) == {
        "customer_id": "ana",
        "task_id": 1693295888421318,
        "task_status": "done",
        "anonymized_url": URL,
    }


def test_a_failed_task_is_told_with_its_cause_and_without_a_url(done):
    failed = replace(done, status=TaskStatus.FAILED, failure_cause=FailureCause.IMAGE_DEFECT)

    assert webhook_fields(failed, None) == {
        "customer_id": "ana",
        "task_id": 1693295888421318,
        "task_status": "failed",
        "failure_cause": "IMAGE_DEFECT",
    }


@pytest.mark.parametrize(("cause", "status"), [(None, "done"), (FailureCause.IMAGE_DEFECT, "failed")])
def test_a_task_deleted_since_is_told_as_it_ended(done, cause, status):
    deleted = replace(done, failure_cause=cause).deleted(NOW).task

    assert webhook_fields(deleted, None)["task_status"] == status

"""A task in any state it can be in."""

from datetime import UTC, datetime, timedelta

import pytest

from veil.domain.causes import FailureCause
from veil.domain.media import Artifact, MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task, TaskStatus

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LEASE_TIME = timedelta(minutes=1)
JPEG = Upload(size_bytes=3, declared_type="image/jpeg", head=b"\xff\xd8\xff", sha256="ab" * 32)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def lease_time():
    return LEASE_TIME


@pytest.fixture
def task_in():
    """Builds a task in a state: `task_in(TaskStatus.DONE)`; its worker, if it has one, is `w`."""

    def build(status):
        new = Task.create(owner="ana", task_id=7, policy=Policy(face=ClassRule(hide=True)), webhook=None, now=NOW).task
        queued = new.uploaded(JPEG, MediaType.JPEG, NOW).task
        processing = queued.claimed("w", NOW, LEASE_TIME).task
        return {
            TaskStatus.NEW: new,
            TaskStatus.QUEUED: queued,
            TaskStatus.PROCESSING: processing,
            TaskStatus.DONE: processing.finished("w", (Artifact.ANONYMIZED,), NOW).task,
            TaskStatus.FAILED: processing.failed(FailureCause.IMAGE_DEFECT, NOW).task,
            TaskStatus.DELETED: queued.deleted(NOW).task,
            TaskStatus.FORGOTTEN: queued.deleted(NOW).task.forgotten(NOW).task,
        }[status]

    return build


@pytest.fixture
def moves():
    """Every transition by name: from a task to its next state."""
    return {
        "uploaded": lambda task: task.uploaded(JPEG, MediaType.JPEG, NOW),
        "upload_refused": lambda task: task.upload_refused(FailureCause.CONTENT_TYPE_ERROR, NOW),
        "claimed": lambda task: task.claimed("w", NOW, LEASE_TIME),
        "released": lambda task: task.released("w", NOW, counts=True),
        "finished": lambda task: task.finished("w", (Artifact.ANONYMIZED,), NOW),
        "failed": lambda task: task.failed(FailureCause.INTERNAL_ERROR, NOW),
        "deleted": lambda task: task.deleted(NOW),
        "forgotten": lambda task: task.forgotten(NOW),
    }

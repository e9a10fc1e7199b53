"""A task: one media file on its way through one policy.

States: new -> queued -> processing -> done | failed, and deleted from anywhere; what is drawn again from another task's
findings begins queued. Transitions are methods; each refuses what is not allowed and returns the changed task with the
event that tells of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, TaskDeletedError, UploadRefusedError
from veil.domain.events import EventKind, TaskEvent
from veil.domain.media import Artifact, MediaType, Upload
from veil.domain.origin import V2, Origin
from veil.domain.policy import Policy
from veil.domain.task_facts import Lease as Lease
from veil.domain.task_facts import TaskFacts
from veil.domain.task_status import GONE
from veil.domain.task_status import UNFINISHED as UNFINISHED
from veil.domain.task_status import TaskStatus as TaskStatus
from veil.domain.task_status import WebhookStatus as WebhookStatus


class Transition(NamedTuple):
    """A changed task and the one event that tells of the change."""

    task: "Task"
    event: TaskEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(TaskFacts):
    """One anonymization request: what is known of it, and every way in which that may change."""

    @classmethod
    def create(
        cls,
        *,
        owner: str,
        task_id: int,
        policy: Policy,
        webhook: str | None,
        now: datetime,
        origin: Origin = V2,
    ) -> Transition:
        """Return a new task that waits for its upload."""
        task = cls(
            owner=owner,
            task_id=task_id,
            policy=policy,
            created_at=now,
            updated_at=now,
            webhook=webhook,
            webhook_status=WebhookStatus.SET if webhook else WebhookStatus.EMPTY,
            origin=origin,
        )
        return Transition(task, task.event(EventKind.CREATED))

    def uploaded(self, upload: Upload, media_type: MediaType, now: datetime) -> Transition:
        """Take the uploaded file and wait for a worker.

        Raises:
            UploadRefusedError: The task already has a file or will never take one.
        """
        self._require_waiting_for_upload()
        return self._moved(
            EventKind.QUEUED,
            TaskStatus.QUEUED,
            now,
            media_type=media_type,
            original_sha256=upload.sha256,
            original_version=upload.version,
            size_bytes=upload.size_bytes,
            pixels=upload.pixels,
            room=upload.room,
        )

    def upload_refused(self, cause: FailureCause, now: datetime, reason: str = "") -> Transition:
        """End the task because of what was uploaded.

        Raises:
            UploadRefusedError: The task already has a file or will never take one.
        """
        self._require_waiting_for_upload()
        return self.failed(cause, now, reason)

    def claimed(self, worker: str, now: datetime, lease_time: timedelta) -> Transition:
        """Give the task to a worker for a time.

        Raises:
            StaleTaskError: The task is not waiting, and no lease on it has run out.
        """
        if not self.is_claimable(now):
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; it cannot be claimed.")
        return self._moved(
            EventKind.PROCESSING,
            TaskStatus.PROCESSING,
            now,
            lease=Lease(worker, now + lease_time),
            attempts=self.attempts + 1,
            runs=self.runs + 1,
            offers=0,
            # Helpers of a task that waits have done some of it; whose lease ran out has not.
            progress=self.progress if self.status is TaskStatus.QUEUED else 0,
        )

    def renewed(self, worker: str, now: datetime, lease_time: timedelta, *, progress: int) -> "Task":
        """Prolong the worker's lease and note how many per cent of its work is done. No transition, so no event.

        Raises:
            StaleTaskError: The lease is another worker's, or there is none.
        """
        self._require_lease(worker)
        return replace(self, lease=Lease(worker, now + lease_time), progress=progress, version=self.version + 1)

    def under_way(self, now: datetime, *, progress: int) -> "Task":
        """Note how many per cent of its work are done, though nobody has claimed it yet. No transition, so no event."""
        return replace(self, updated_at=now, progress=progress, version=self.version + 1)

    def offered_again(self) -> "Task":
        """Note that another worker is asked for, as nobody claimed it. No transition, so no event."""
        return replace(self, offers=self.offers + 1, version=self.version + 1)

    def released(self, worker: str, now: datetime, *, counts: bool) -> Transition:
        """Give the task back unfinished.

        Args:
            worker: Whose lease ends.
            now: When.
            counts: Whether the claim was an attempt that the task may be to blame for. A stopped
                machine is not; a crash in the middle of the work is.

        Raises:
            StaleTaskError: The lease is another worker's, or there is none.
        """
        self._require_lease(worker)
        attempts = self.attempts if counts else self.attempts - 1
        return self._moved(EventKind.RELEASED, TaskStatus.QUEUED, now, lease=None, attempts=attempts, progress=0)

    def finished(
        self, worker: str, artifacts: tuple[Artifact, ...], now: datetime, *, made_type: MediaType | None = None
    ) -> Transition:
        """Publish the results of this attempt.

        Args:
            worker: Whose lease ends.
            artifacts: The results that exist.
            now: When.
            made_type: What the anonymized file is, where it is not what is usually made of such an upload.

        Raises:
            StaleTaskError: The lease is another worker's, or there is none.
        """
        self._require_lease(worker)
        return self._moved(
            EventKind.DONE, TaskStatus.DONE, now, lease=None, artifacts=artifacts, made_type=made_type, progress=100
        )

    def failed(self, cause: FailureCause, now: datetime, reason: str = "") -> Transition:
        """End the task without a result.

        Raises:
            StaleTaskError: The task has ended already.
        """
        if self.status not in UNFINISHED:
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; it cannot fail any more.")
        return self._moved(
            EventKind.FAILED, TaskStatus.FAILED, now, lease=None, failure_cause=cause, failure_reason=reason
        )

    def cancelled(self, now: datetime) -> Transition:
        """End the task because its owner wants no result any more. A worker that has it stops at its next report.

        Raises:
            TaskDeletedError: It is deleted.
            StaleTaskError: The task has ended already.
        """
        if self.status in GONE:
            raise TaskDeletedError(f"Task {self.task_id} is deleted.")
        if self.status not in UNFINISHED:
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; it cannot be cancelled any more.")
        return self.failed(FailureCause.CANCELLED, now)

    def deleted(self, now: datetime) -> Transition:
        """Forget the task's files and detections.

        Raises:
            TaskDeletedError: It is deleted already.
        """
        if self.status in GONE:
            raise TaskDeletedError(f"Task {self.task_id} is deleted.")
        return self._moved(EventKind.DELETED, TaskStatus.DELETED, now, lease=None, artifacts=())

    def forgotten(self, now: datetime) -> Transition:
        """Keep nothing of a deleted task but its number, so that what is still to be told of it finds an end.

        Raises:
            StaleTaskError: It is not deleted.
        """
        if self.status is not TaskStatus.DELETED:
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; delete it before it is forgotten.")
        nothing = Origin(api=self.origin.api)
        return self._moved(
            EventKind.FORGOTTEN, TaskStatus.FORGOTTEN, now, webhook=None, original_sha256=None, origin=nothing
        )

    def with_webhook_status(self, status: WebhookStatus) -> "Task":
        """Record how far telling the webhook got. No transition, so no event."""
        return replace(self, webhook_status=status, version=self.version + 1)

    def _require_waiting_for_upload(self) -> None:
        if self.status in GONE:
            raise TaskDeletedError(f"Task {self.task_id} is deleted.")
        if self.status is not TaskStatus.NEW:
            raise UploadRefusedError(f"Task {self.task_id} is {self.status}; it takes no upload.")

    def _require_lease(self, worker: str) -> None:
        if self.lease is None or self.lease.worker != worker:
            raise StaleTaskError(f"Worker {worker} holds no lease on task {self.task_id}.")

    def _moved(self, kind: EventKind, status: TaskStatus, now: datetime, **changes: object) -> Transition:
        version = self.version + 1
        task = replace(self, status=status, updated_at=now, version=version, moved_version=version, **changes)  # type: ignore[arg-type]  # mypy cannot type replace(**kwargs); every caller is above
        return Transition(task, task.event(kind))

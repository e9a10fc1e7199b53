"""Work on one task: anonymize its file and publish the results, or publish nothing at all."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError, StaleTaskError, StoreBusyError, TaskNotFoundError
from veil.domain.media import (
    SIGNATURE_LENGTH,
    Artifact,
    MediaType,
    result_key,
    result_type,
    sniff_media_type,
    task_prefix,
)
from veil.domain.rendering import Rendering
from veil.domain.task import Task, Transition
from veil.ports.anonymizer import Anonymizer, Found
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.queue import TaskRef
from veil.ports.stores import TaskStore
from veil.use_cases.change import transition
from veil.use_cases.file_sink import FileSink
from veil.use_cases.segments import PROGRESS_TIME, Claims, TaskCheckpoints, every_segment, forget_if_ended

LEASE_TIME = timedelta(seconds=60)
# How often a worker asks whether its task is still wanted: so soon after a cancellation it stops.
WATCH_TIME = timedelta(seconds=1)
# How often a renewal that failed is tried again before the lease runs out.
RETRIES_PER_LEASE = 12

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Everything a worker works with.

    Attributes:
        worker: The worker's name, unique among all that ever ran.
        folder: Where it may keep files while it works.
        claims: Which segments of a video it looks at, and which others do.
    """

    worker: str
    folder: Path
    tasks: TaskStore
    media: MediaStore
    anonymizer: Anonymizer
    clock: Clock
    claims: Claims = every_segment
    lease_time: timedelta = LEASE_TIME
    progress_time: timedelta = PROGRESS_TIME
    watch_time: timedelta = WATCH_TIME


def run_task(ref: TaskRef, context: WorkerContext) -> Task | None:
    """Work on the task if it waits for a worker; return how it ended, or None if it was not ours.

    What this does not expect it does not catch: the caller decides, with `give_back`, whether the
    task is tried again, and a crash publishes nothing.
    """
    task = context.tasks.get(ref.owner, ref.task_id)
    if task is None or not task.is_claimable(context.clock.now()):
        return None
    try:
        if task.is_out_of_attempts:
            reason = f"given up after {task.attempts} attempts that broke off"
            return _save_failed(task, FailureCause.INTERNAL_ERROR, reason, context)
        claimed = task.claimed(context.worker, context.clock.now(), context.lease_time)
        context.tasks.save(claimed)
        return _work(claimed.task, context)
    except StaleTaskError:
        return None


def give_back(ref: TaskRef, context: WorkerContext, *, counts: bool) -> Task | None:
    """End this worker's lease without a result; return the task if it was ours to give back."""
    try:
        return transition(
            context.tasks,
            ref.owner,
            ref.task_id,
            lambda task: task.released(context.worker, context.clock.now(), counts=counts),
        )
    except (TaskNotFoundError, StaleTaskError):
        return None


def _work(task: Task, context: WorkerContext) -> Task:
    try:
        return _worked_on(task, context)
    finally:
        if task.has_segments:
            forget_if_ended(TaskRef(task.owner, task.task_id), context.tasks, context.media)


def _worked_on(task: Task, context: WorkerContext) -> Task:
    with TemporaryDirectory(dir=context.folder) as scratch, _kept_lease(task, context) as lease:
        try:
            results = _anonymize(lease, Path(scratch), context)
        except AnonymizationError as error:
            return _save_failed(lease.end(), error.cause, str(error), context)
        return _publish(lease, results, context)


def _anonymize(lease: "_KeptLease", scratch: Path, context: WorkerContext) -> Mapping[Artifact, Path]:
    task = lease.task
    try:
        fetched = context.media.fetch(task.upload_key, scratch, version=task.original_version)
    except FileNotFoundError as error:
        raise AnonymizationError(FailureCause.TASK_FILE_DOESNT_EXIST, "The upload is gone.") from error
    _require_accepted(fetched, task)
    named, results, segments = scratch / "named", scratch / "results", scratch / "segments"
    for folder in (named, results, segments):
        folder.mkdir()
    # The metadata tells the name of the file: its owner's, where one was given.
    source = fetched.rename(named / (task.origin.name or f"{task.task_id}{_media_type_of(task).suffix}"))
    sink = FileSink(results, TaskCheckpoints(task, context.media, segments, context.claims))
    if task.rendering is None:
        context.anonymizer.anonymize(source, sink, task.policy, lease)
    else:
        found = _found(task.rendering, scratch / "found", context)
        context.anonymizer.render(source, found, sink, task.policy, lease)
    return sink.files


def _found(rendering: Rendering, folder: Path, context: WorkerContext) -> Found:
    folder.mkdir()
    try:
        return Found(context.media.fetch(rendering.findings_key, folder), rendering.changes)
    except FileNotFoundError as error:
        raise AnonymizationError(FailureCause.TASK_FILE_DOESNT_EXIST, "The findings are gone.") from error


def _require_accepted(fetched: Path, task: Task) -> None:
    """Refuse other bytes than those that were accepted, whatever replaced them."""
    if task.original_sha256 is None:
        return
    with fetched.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != task.original_sha256:
            raise AnonymizationError(
                FailureCause.TASK_FILE_DOESNT_EXIST, "The upload is not the one that was accepted."
            )


def _publish(lease: "_KeptLease", results: Mapping[Artifact, Path], context: WorkerContext) -> Task:
    task = lease.task
    made_type = _made_type(results, _media_type_of(task))
    anonymized = made_type or _media_type_of(task).result
    for artifact, file in results.items():
        key = result_key(task.owner, task.task_id, task.runs, artifact, anonymized)
        context.media.put(key, file, media_type=result_type(artifact, anonymized).media_type)
    try:
        finished = lease.end().finished(context.worker, tuple(results), context.clock.now(), made_type=made_type)
        _save_end(finished, context)
    except StaleTaskError:
        context.media.delete(f"{task_prefix(task.owner, task.task_id)}{task.runs}/")
        raise
    return finished.task


def _made_type(results: Mapping[Artifact, Path], upload: MediaType) -> MediaType | None:
    """Return what the anonymized file is by its content, if it is not what is usually made of such an upload."""
    if Artifact.ANONYMIZED not in results:
        return None
    with results[Artifact.ANONYMIZED].open("rb") as file:
        made = sniff_media_type(file.read(SIGNATURE_LENGTH))
    return None if made is upload.result else made


def _media_type_of(task: Task) -> MediaType:
    """Return the type of a claimed task's upload.

    Raises:
        StaleTaskError: It has none, so it cannot have been queued.
    """
    if task.media_type is None:
        raise StaleTaskError(f"Task {task.task_id} has no upload.")
    return task.media_type


def _save_failed(task: Task, cause: FailureCause, reason: str, context: WorkerContext) -> Task:
    failed = task.failed(cause, context.clock.now(), reason)
    _save_end(failed, context)
    return failed.task


def _save_end(ended: Transition, context: WorkerContext) -> None:
    """Save how a task ended, as soon as the store can be written: hours of work are not lost to whoever holds it.

    Raises:
        StaleTaskError: The task is no longer this worker's.
    """
    while True:
        try:
            context.tasks.save(ended)
        except StoreBusyError:
            LOGGER.warning("the store is busy, trying again: task %s", ended.task.task_id)
        else:
            return


class _KeptLease:
    """The newest version of a claimed task, renewed from a thread of its own until `end`.

    It is the progress that the anonymizer reports to: what was reported last is saved with each renewal,
    and what has changed is reason for one. In between the store is only asked whether the task is still this run's.
    """

    def __init__(self, task: Task, context: WorkerContext) -> None:
        self.task = task
        self._context = context
        # What helpers did before the claim counts.
        self._fraction = task.progress / 100
        self._lost = Event()
        self._ended = Event()
        self._thread = Thread(target=self._keep, name=f"lease-{task.task_id}", daemon=True)
        self._thread.start()

    def report(self, fraction: float) -> None:
        """Have the fraction saved soon.

        Raises:
            StaleTaskError: The store told, within the last `watch_time`, that the lease is lost.
        """
        self._fraction = max(self._fraction, fraction)
        if self._lost.is_set():
            raise StaleTaskError(f"Task {self.task.task_id} is no longer this worker's.")

    def end(self) -> Task:
        """Stop renewing and return the task's newest version."""
        self._ended.set()
        self._thread.join()
        return self.task

    def _keep(self) -> None:
        context = self._context
        lease_seconds, progress_seconds = context.lease_time.total_seconds(), context.progress_time.total_seconds()
        pause = min(context.watch_time.total_seconds(), progress_seconds)
        due, told = monotonic() + lease_seconds / 3, monotonic()
        while not self._ended.wait(max(min(pause, due - monotonic()), 0)):
            is_news = self._percent != self.task.progress and monotonic() >= told + progress_seconds
            renews = is_news or monotonic() >= due
            try:
                if not (self._renew() if renews else self._adopt_newest()):
                    # Somebody else owns or ended the task: the anonymizer stops at its next report, and should it
                    # have none to make, publishing will find out and publish nothing.
                    self._lost.set()
                    return
                if renews:
                    due, told = monotonic() + lease_seconds / 3, monotonic()
            except Exception:  # thread boundary: a store that fails now may answer before the lease runs out
                LOGGER.warning("lease not renewed, trying again: task %s", self.task.task_id, exc_info=True)
                due = monotonic() + lease_seconds / RETRIES_PER_LEASE

    @property
    def _percent(self) -> int:
        return int(100 * self._fraction)

    def _renew(self) -> bool:
        try:
            now = self._context.clock.now()
            renewed = self.task.renewed(self._context.worker, now, self._context.lease_time, progress=self._percent)
            self._context.tasks.update(renewed)
        except StaleTaskError:
            return self._adopt_newest()
        self.task = renewed
        return True

    def _adopt_newest(self) -> bool:
        """Go on with the task as the store has it, if it is still this run's: an answer of the store may be lost."""
        newest = self._context.tasks.get(self.task.owner, self.task.task_id)
        if newest is None or newest.lease is None or newest.lease.worker != self._context.worker:
            return False
        if newest.runs != self.task.runs:
            return False
        self.task = newest
        return True


@contextmanager
def _kept_lease(task: Task, context: WorkerContext) -> Iterator[_KeptLease]:
    lease = _KeptLease(task, context)
    try:
        yield lease
    finally:
        lease.end()

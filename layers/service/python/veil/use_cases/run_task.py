"""Work on one task: anonymize its file and publish the results, or publish nothing at all."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError, StaleTaskError, TaskNotFoundError
from veil.domain.media import Artifact, MediaType, original_key, result_key, task_prefix
from veil.domain.task import Task
from veil.ports import Anonymized, Anonymizer, Clock, MediaStore, TaskRef, TaskStore
from veil.use_cases.change import transition

LEASE_TIME = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything a worker works with.

    Attributes:
        worker: The worker's name, unique among all that ever ran.
        folder: Where it may keep files while it works.
    """

    worker: str
    folder: Path
    tasks: TaskStore
    media: MediaStore
    anonymizer: Anonymizer
    clock: Clock
    lease_time: timedelta = LEASE_TIME


def run_task(ref: TaskRef, bench: Bench) -> Task | None:
    """Work on the task if it waits for a worker; return how it ended, or None if it was not ours.

    What this does not expect it does not catch: the caller decides, with `give_back`, whether the
    task is tried again, and a crash publishes nothing.
    """
    task = bench.tasks.get(ref.owner, ref.task_id)
    if task is None or not task.is_claimable(bench.clock.now()):
        return None
    try:
        if task.is_out_of_attempts:
            return _save_failed(task, FailureCause.INTERNAL_ERROR, bench)
        claimed = task.claimed(bench.worker, bench.clock.now(), bench.lease_time)
        bench.tasks.save(claimed)
        return _work(claimed.task, bench)
    except StaleTaskError:
        return None


def give_back(ref: TaskRef, bench: Bench, *, counts: bool) -> Task | None:
    """End this worker's lease without a result; return the task if it was ours to give back."""
    try:
        return transition(
            bench.tasks,
            ref.owner,
            ref.task_id,
            lambda task: task.released(bench.worker, bench.clock.now(), counts=counts),
        )
    except (TaskNotFoundError, StaleTaskError):
        return None


def _work(task: Task, bench: Bench) -> Task:
    with TemporaryDirectory(dir=bench.folder) as scratch, _kept_lease(task, bench) as lease:
        try:
            anonymized = _anonymize(task, Path(scratch), bench)
        except AnonymizationError as error:
            return _save_failed(lease.end(), error.cause, bench)
        return _publish(lease, anonymized, bench)


def _anonymize(task: Task, scratch: Path, bench: Bench) -> Anonymized:
    try:
        fetched = bench.media.fetch(original_key(task.owner, task.task_id), scratch, version=task.original_version)
    except FileNotFoundError as error:
        raise AnonymizationError(FailureCause.TASK_FILE_DOESNT_EXIST, "The upload is gone.") from error
    _require_accepted(fetched, task)
    named, results = scratch / "named", scratch / "results"
    named.mkdir()
    results.mkdir()
    # The metadata tells the name of the file: its owner's, where one was given.
    source = fetched.rename(named / (task.origin.name or f"{task.task_id}{_media_type_of(task).suffix}"))
    return bench.anonymizer.anonymize(source, results, task.policy)


def _require_accepted(fetched: Path, task: Task) -> None:
    """Refuse other bytes than those that were accepted, whatever replaced them."""
    if task.original_sha256 is None:
        return
    with fetched.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != task.original_sha256:
            raise AnonymizationError(
                FailureCause.TASK_FILE_DOESNT_EXIST, "The upload is not the one that was accepted."
            )


def _publish(lease: "_KeptLease", anonymized: Anonymized, bench: Bench) -> Task:
    task = lease.task
    for artifact, file in anonymized.files.items():
        bench.media.put(_result_key(task, artifact), file, media_type=_declared_type(task, artifact))
    try:
        finished = lease.end().finished(bench.worker, tuple(anonymized.files), bench.clock.now())
        bench.tasks.save(finished)
    except StaleTaskError:
        bench.media.delete(f"{task_prefix(task.owner, task.task_id)}{task.runs}/")
        raise
    return finished.task


def _result_key(task: Task, artifact: Artifact) -> str:
    return result_key(task.owner, task.task_id, task.runs, artifact, _media_type_of(task))


def _media_type_of(task: Task) -> MediaType:
    """Return the type of a claimed task's upload.

    Raises:
        StaleTaskError: It has none, so it cannot have been queued.
    """
    if task.media_type is None:
        raise StaleTaskError(f"Task {task.task_id} has no upload.")
    return task.media_type


def _declared_type(task: Task, artifact: Artifact) -> str:
    if artifact in {Artifact.BINARY_MASK, Artifact.INSTANCE_MASK}:
        return MediaType.PNG
    return _media_type_of(task) if artifact is Artifact.ANONYMIZED else "application/json"


def _save_failed(task: Task, cause: FailureCause, bench: Bench) -> Task:
    failed = task.failed(cause, bench.clock.now())
    bench.tasks.save(failed)
    return failed.task


class _KeptLease:
    """The newest version of a claimed task, renewed from a thread of its own until `end`."""

    def __init__(self, task: Task, bench: Bench) -> None:
        self.task = task
        self._bench = bench
        self._ended = Event()
        self._thread = Thread(target=self._keep, name=f"lease-{task.task_id}", daemon=True)
        self._thread.start()

    def end(self) -> Task:
        """Stop renewing and return the task's newest version."""
        self._ended.set()
        self._thread.join()
        return self.task

    def _keep(self) -> None:
        while not self._ended.wait(self._bench.lease_time.total_seconds() / 3):
            renewed = self.task.renewed(self._bench.worker, self._bench.clock.now(), self._bench.lease_time)
            try:
                self._bench.tasks.update(renewed)
            except StaleTaskError:
                # Somebody else owns or deleted the task; publishing will find out and publish nothing.
                return
            self.task = renewed


@contextmanager
def _kept_lease(task: Task, bench: Bench) -> Iterator[_KeptLease]:
    lease = _KeptLease(task, bench)
    try:
        yield lease
    finally:
        lease.end()

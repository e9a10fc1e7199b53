"""Work on one task: anonymize its file and publish the results, or publish nothing at all."""

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

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
from veil.ports.anonymizer import Found
from veil.ports.queue import TaskRef
from veil.use_cases.change import transition
from veil.use_cases.file_sink import FileSink
from veil.use_cases.kept_lease import KeptLease, kept_lease
from veil.use_cases.segments import TaskCheckpoints, forget_if_ended
from veil.use_cases.worker_context import WorkerContext

LOGGER = logging.getLogger(__name__)


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
    with TemporaryDirectory(dir=context.folder) as scratch, kept_lease(task, context) as lease:
        try:
            results = _anonymize(lease, Path(scratch), context)
        except AnonymizationError as error:
            return _save_failed(lease.end(), error.cause, str(error), context)
        return _publish(lease, results, context)


def _anonymize(lease: KeptLease, scratch: Path, context: WorkerContext) -> Mapping[Artifact, Path]:
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


def _publish(lease: KeptLease, results: Mapping[Artifact, Path], context: WorkerContext) -> Task:
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

"""Anonymize files on disk, one after the other or several at once, each published whole or not at all."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from threading import Event
from typing import Protocol

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.media import Artifact
from veil.domain.policy import Policy
from veil.ports.anonymizer import Anonymized, Anonymizer, Progress
from veil.use_cases.file_sink import FileSink

SCRATCH = ".veil-scratch-"
# No file takes this long, so a scratch folder that is older belongs to a run that was killed.
LEFT_OVER_SECONDS = 3 * 86_400


@dataclass(frozen=True, slots=True)
class FileJob:
    """One file and where its results go.

    Attributes:
        targets: What is wanted, the anonymized picture always, all of it in one folder.
    """

    source: Path
    targets: Mapping[Artifact, Path]

    @property
    def picture(self) -> Path:
        """Where the anonymized picture goes."""
        return self.targets[Artifact.ANONYMIZED]


class FileOutcome(StrEnum):
    """How it went with one file."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class FileResult:
    """How it went with one file.

    Attributes:
        reason: Why it failed or was left out, or what of it took no part; often empty.
        hidden: How many objects were hidden; 0 unless done.
        seconds: Time spent on it.
    """

    job: FileJob
    outcome: FileOutcome
    reason: str = ""
    hidden: int = 0
    seconds: float = 0.0


class DoneBefore(Protocol):
    """Remembers which files were anonymized and how, and which files are results."""

    def fingerprint(self, job: FileJob, policy: Policy) -> str:
        """Return what tells this very file under this very policy from every other."""

    def knows(self, job: FileJob, fingerprint: str) -> bool:
        """Say whether this was the last thing done for these targets, and they are all still there."""

    def claim(self, job: FileJob) -> None:
        """Remember that the targets are results, whatever becomes of the work.

        Raises:
            FileExistsError: One of them is there already and never was a result.
        """

    def remember(self, job: FileJob, fingerprint: str) -> None:
        """Remember that it was done."""


def anonymize_files(
    jobs: Sequence[FileJob],
    policy: Policy,
    *,
    anonymizer: Anonymizer,
    done_before: DoneBefore,
    at_once: int,
    preserve_mtime: bool = False,
    watch: Callable[[FileJob, float], None] | None = None,
) -> Iterator[FileResult]:
    """Yield a result for each job, in order; a file that fails does not keep the others from being done.

    With `preserve_mtime` each result gets the modification time of its source. `watch` is told, from several threads,
    how much of a file is done, from 0 to 1; what it raises ends the work on it. So does an interruption, and no
    longer asking for results: what is not done by then leaves nothing.
    """
    is_over = Event()

    def run(job: FileJob) -> FileResult:
        return _anonymize_file(
            job,
            policy,
            anonymizer=anonymizer,
            done_before=done_before,
            progress=_FileProgress(job, watch, is_over),
            preserve_mtime=preserve_mtime,
        )

    for folder in {job.picture.parent for job in jobs}:
        _clear_leftovers(folder)
    with ThreadPoolExecutor(at_once) as pool:
        try:
            yield from pool.map(run, jobs)
        finally:
            is_over.set()


class _AbandonedError(Exception):
    """Nobody waits for the file any more."""


@dataclass(frozen=True, slots=True)
class _FileProgress:
    """The progress of one file."""

    job: FileJob
    watch: Callable[[FileJob, float], None] | None
    is_over: Event

    def report(self, fraction: float) -> None:
        if self.is_over.is_set():
            raise _AbandonedError
        if self.watch:
            self.watch(self.job, fraction)


def _anonymize_file(
    job: FileJob,
    policy: Policy,
    *,
    anonymizer: Anonymizer,
    done_before: DoneBefore,
    progress: Progress,
    preserve_mtime: bool,
) -> FileResult:
    started = time.perf_counter()
    try:
        # Taken first: a file that changes while it is worked on is due again.
        fingerprint = done_before.fingerprint(job, policy)
        if done_before.knows(job, fingerprint):
            return FileResult(job, FileOutcome.SKIPPED)
        job.picture.parent.mkdir(parents=True, exist_ok=True)
        done_before.claim(job)
        made = _make(job, policy, anonymizer, progress, preserve_mtime=preserve_mtime)
        done_before.remember(job, fingerprint)
    except Exception as error:  # noqa: BLE001  # thread boundary: one file must not keep the others from being done
        seconds = time.perf_counter() - started
        return FileResult(job, FileOutcome.FAILED, reason=_reason(error), seconds=seconds)
    reason, seconds = "; ".join(made.remarks), time.perf_counter() - started
    return FileResult(job, FileOutcome.DONE, reason=reason, hidden=made.hidden, seconds=seconds)


def _make(
    job: FileJob, policy: Policy, anonymizer: Anonymizer, progress: Progress, *, preserve_mtime: bool
) -> Anonymized:
    # Beside the targets, so that publishing is a rename within one file system.
    with TemporaryDirectory(dir=job.picture.parent, prefix=SCRATCH) as scratch:
        sink = FileSink(Path(scratch))
        made = anonymizer.anonymize(job.source, sink, policy, progress)
        if preserve_mtime:
            taken = job.source.stat()
            os.utime(sink.files[Artifact.ANONYMIZED], ns=(taken.st_atime_ns, taken.st_mtime_ns))
        # The picture comes last: whoever sees it finds its masks and metadata complete.
        for artifact in sorted(job.targets, key=lambda each: each is Artifact.ANONYMIZED):
            _publish(sink.files[artifact], job.targets[artifact])
    return made


def _publish(file: Path, target: Path) -> None:
    # Without this a power cut can leave the name without the bytes.
    with file.open("rb") as content:
        os.fsync(content.fileno())
    file.replace(target)


def _reason(error: Exception) -> str:
    if isinstance(error, AnonymizationError):
        return f"{error.cause}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{FailureCause.INTERNAL_ERROR}: {type(error).__name__}: {error}"


def _clear_leftovers(folder: Path) -> None:
    scratches = list(folder.glob(f"{SCRATCH}*"))
    # Clutter, not a secret: where nothing can be written, it stays, and each file tells why it failed.
    with suppress(OSError):
        now = _file_system_time(folder) if scratches else 0.0
        for scratch in scratches:
            # Another run may be ending in this moment and take it away itself.
            with suppress(FileNotFoundError):
                if now - scratch.lstat().st_mtime > LEFT_OVER_SECONDS:
                    rmtree(scratch, ignore_errors=True)


def _file_system_time(folder: Path) -> float:
    # A file server's clock, which dates the files, need not agree with this machine's.
    with TemporaryDirectory(dir=folder, prefix=SCRATCH) as made_now:
        return Path(made_now).stat().st_mtime

"""Anonymize files on disk, one after the other or several at once, each published whole or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from veil.domain.errors import AnonymizationError
from veil.domain.media import Artifact
from veil.domain.policy import Policy
from veil.ports import Anonymizer


@dataclass(frozen=True, slots=True)
class FileJob:
    """One file and where its results go. `targets` names only what is wanted."""

    source: Path
    targets: dict[Artifact, Path]


class FileOutcome(StrEnum):
    """How it went with one file."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileResult:
    """How it went with one file, and why it failed if it did."""

    job: FileJob
    outcome: FileOutcome
    reason: str = ""


class DoneBefore(Protocol):
    """Remembers which files were anonymized under which policy."""

    def knows(self, job: FileJob, policy: Policy) -> bool:
        """Say whether this very file was done under this very policy and its results are still there."""

    def remember(self, job: FileJob, policy: Policy) -> None:
        """Remember that it was."""


def anonymize_files(
    jobs: Sequence[FileJob], policy: Policy, *, anonymizer: Anonymizer, done_before: DoneBefore, at_once: int
) -> Iterator[FileResult]:
    """Yield a result for each job, in order; a file that fails does not keep the others from being done."""

    def run(job: FileJob) -> FileResult:
        return _anonymize_file(job, policy, anonymizer=anonymizer, done_before=done_before)

    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(run, jobs)


def _anonymize_file(job: FileJob, policy: Policy, *, anonymizer: Anonymizer, done_before: DoneBefore) -> FileResult:
    if done_before.knows(job, policy):
        return FileResult(job, FileOutcome.SKIPPED)
    try:
        for folder in {target.parent for target in job.targets.values()}:
            folder.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that publishing is a rename within one file system.
        with TemporaryDirectory(dir=job.targets[Artifact.ANONYMIZED].parent, prefix=".veil-") as scratch:
            made = anonymizer.anonymize(job.source, Path(scratch), policy)
            _publish(job, made.files)
    except AnonymizationError as error:
        return FileResult(job, FileOutcome.FAILED, f"{error.cause}: {error}")
    except OSError as error:
        return FileResult(job, FileOutcome.FAILED, error.strerror or str(error))
    done_before.remember(job, policy)
    return FileResult(job, FileOutcome.DONE)


def _publish(job: FileJob, files: Mapping[Artifact, Path]) -> None:
    # The picture comes last: whoever sees it finds its masks and metadata complete.
    for artifact in sorted(job.targets, key=lambda each: each is Artifact.ANONYMIZED):
        if artifact in files:
            files[artifact].replace(job.targets[artifact])

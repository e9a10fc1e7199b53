"""What works on the pixels of one file, and what it is given to work with."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from veil.domain.media import Artifact
from veil.domain.policy import ObjectClass, Policy
from veil.domain.rendering import Changes


@dataclass(frozen=True, slots=True)
class Anonymized:
    """What is told of a verified run whose results are in the sink.

    Attributes:
        hidden: How many objects are hidden in the picture.
        remarks: What of the file or of the wishes took no part, in words.
    """

    hidden: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What to draw again.

    Attributes:
        findings: The file in which an earlier run of the same upload left what it found.
        changes: What is to be different.
    """

    findings: Path
    changes: Changes


class Checkpoints(Protocol):
    """What is kept of a video's segments that were looked at, and who is looking at which."""

    def load(self, number: int) -> bytes | None:
        """Return what was saved of a segment, or None."""

    def save(self, number: int, looks: bytes) -> None:
        """Keep what was seen in a segment."""

    def kept(self) -> int:
        """Return how many segments were saved, by whomever."""

    def claimed(self, number: int) -> AbstractContextManager[bool]:
        """Say, for the time of the block, whether a segment is the caller's to look at."""


class Sink(Protocol):
    """Takes the results of one run, one after the other, none of them as a whole in memory."""

    @property
    def checkpoints(self) -> Checkpoints | None:
        """Where the run keeps what would be dear to do again; None for nowhere."""

    def writing(self, artifact: Artifact) -> AbstractContextManager[Path]:
        """Give the local file to write this result to; it counts once the block is left without an exception."""


class Progress(Protocol):
    """What a run reports to, and how it learns that nobody wants its results any more."""

    def report(self, fraction: float) -> None:
        """Say how much is done, from 0 to 1. Cheap enough for every frame of a video.

        Raises:
            StaleTaskError: The task was deleted or taken over; nothing of this run will be published.
        """


class IgnoredProgress:
    """The progress of a run that nobody follows and nobody can take over."""

    def report(self, fraction: float) -> None:
        """Go on in any case."""


class Anonymizer(Protocol):
    """Hides people in one local file and proves it."""

    @property
    def classes(self) -> frozenset[ObjectClass]:
        """The classes that an installed model finds."""

    def anonymize(self, source: Path, sink: Sink, policy: Policy, progress: Progress) -> Anonymized:
        """Write the results into the sink and tell about them.

        Raises:
            AnonymizationError: There is no result that may be published; it names the cause.
            StaleTaskError: `progress` raised it.
        """

    def render(self, source: Path, found: Found, sink: Sink, policy: Policy, progress: Progress) -> Anonymized:
        """Write the results again from what an earlier run found, by another policy, without looking for it again.

        Raises:
            AnonymizationError: There is no result that may be published; it names the cause.
            StaleTaskError: `progress` raised it.
        """

    def look(self, source: Path, policy: Policy, progress: Progress, checkpoints: Checkpoints) -> None:
        """Look at the segments of a video that are the caller's, for whoever anonymizes it.

        What is reported is how much is done by all who look.

        Raises:
            AnonymizationError: It cannot be looked at; it names the cause.
            StaleTaskError: `progress` raised it.
        """

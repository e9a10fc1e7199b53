"""What works on the pixels of one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from veil.domain.media import Artifact
from veil.domain.policy import ObjectClass, Policy


@dataclass(frozen=True, slots=True)
class Anonymized:
    """The verified results of one run, as local files.

    Attributes:
        hidden: How many objects are hidden in the picture.
        remarks: What of the file or of the wishes took no part, in words.
    """

    files: Mapping[Artifact, Path]
    hidden: int = 0
    remarks: tuple[str, ...] = ()


class Anonymizer(Protocol):
    """Hides people in one local file and proves it."""

    @property
    def classes(self) -> frozenset[ObjectClass]:
        """The classes that an installed model finds."""

    def anonymize(self, source: Path, into: Path, policy: Policy) -> Anonymized:
        """Write the results into the folder `into` and return them.

        Raises:
            AnonymizationError: There is no result that may be published; it names the cause.
        """

"""The results of one run as files of a folder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from veil.domain.media import Artifact
from veil.ports.anonymizer import Checkpoints


class FileSink:
    """Keeps each result in a file of the folder, which exists."""

    def __init__(self, folder: Path, checkpoints: Checkpoints | None = None) -> None:
        self._folder = folder
        self._checkpoints = checkpoints
        self._files: dict[Artifact, Path] = {}

    @property
    def checkpoints(self) -> Checkpoints | None:
        """Where the run keeps what would be dear to do again; None for nowhere."""
        return self._checkpoints

    @property
    def files(self) -> Mapping[Artifact, Path]:
        """The results that are complete."""
        return self._files

    @contextmanager
    def writing(self, artifact: Artifact) -> Iterator[Path]:
        """Give the local file to write this result to; it counts once the block is left without an exception."""
        file = self._folder / artifact
        yield file
        self._files[artifact] = file

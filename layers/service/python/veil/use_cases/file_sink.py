"""The results of one run as files of a folder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from veil.domain.media import Artifact


class FileSink:
    """Keeps each result in a file of the folder, which exists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Artifact, Path] = {}

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

"""A dataset's files. Nobody vouches for what it says, so no name in it leads out of its folder."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from veil_vision.evaluation.datasets import Problem
from veil_vision.evaluation.errors import DatasetError

# Those that Veil cannot read are listed, not passed over.
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp"})
MOST_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures below a folder, found by walking it: names from annotations are looked up, never opened.

    Attributes:
        root: The folder.
        names: Their paths below it, with forward slashes, sorted.
        problems: Links that lead out of it.
    """

    root: Path
    names: Sequence[str]
    problems: Sequence[Problem]
    _by_last: Mapping[str, Sequence[str]]

    @classmethod
    def below(cls, root: Path) -> "Pictures":
        """Return the pictures below a folder.

        Raises:
            DatasetError: It is not there.
        """
        if not root.is_dir():
            raise DatasetError(str(root), "there is no such folder")
        names, problems = [], []
        for name in sorted(files_below(root, PICTURES)):
            try:
                inside(root, name)
                names.append(name)
            except DatasetError as error:
                problems.append(Problem.of(error))
        by_last = defaultdict(list)
        for name in names:
            by_last[name.rpartition("/")[2]].append(name)
        return cls(root, names, problems, by_last)

    def find(self, wanted: str, place: str) -> str:
        """Return the name of the picture that an annotation means by its path or the end of it.

        Raises:
            DatasetError: There is none, there are several, or the path is one that leads out of the folder.
        """
        path = PurePosixPath(wanted.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise DatasetError(place, f"the picture {wanted!r} is not named relative to the dataset's folder")
        found = [name for name in self._by_last.get(path.name, ()) if f"/{name}".endswith(f"/{path}")]
        exact = [name for name in found if name == str(path)]
        if len(exact or found) > 1:
            raise DatasetError(place, f"several pictures are called {wanted!r}; name their folder by --images")
        if not found:
            raise DatasetError(place, f"there is no picture {wanted!r} below {self.root}")
        return (exact or found)[0]


def files_below(root: Path, suffixes: frozenset[str]) -> Iterator[str]:
    """Yield the paths below the folder of files with these endings; hidden ones and linked folders are left out."""
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if not each.startswith(".")]
        below = Path(folder).relative_to(root)
        for name in names:
            if Path(name).suffix.lower() in suffixes and not name.startswith("."):
                yield (below / name).as_posix()


def inside(root: Path, name: str) -> Path:
    """Return the file of a name below the root.

    Raises:
        DatasetError: It is, or lies behind, a link that leads out of the folder.
    """
    if not (root / name).resolve().is_relative_to(root.resolve()):
        raise DatasetError(name, f"a link that leads out of {root}; name the folder that it leads to")
    return root / name


def read_bytes(path: Path, *, most: int = MOST_BYTES) -> bytes:
    """Return the content of a file of at most so many bytes.

    Raises:
        DatasetError: It cannot be read or is larger.
    """
    try:
        if path.stat().st_size > most:
            raise DatasetError(str(path), f"larger than {most} bytes")
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(str(path), error.strerror or "cannot be read") from error


def read_text(path: Path) -> str:
    """Return the text of an annotation file.

    Raises:
        DatasetError: It cannot be read or is not UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(str(path), "not text in UTF-8") from error

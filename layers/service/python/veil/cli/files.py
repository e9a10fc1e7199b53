"""Which files a command line means, and where their results go."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import NoReturn

from veil.cli.errors import CommandError
from veil.domain.media import Artifact
from veil.use_cases.anonymize_files import FileJob

SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
MARK = ".anonymized"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A picture, and its path below the folder that was searched."""

    path: Path
    below: Path


def find_files(arguments: Iterable[str], *, recursive: bool, output: Path | None) -> list[FoundFile]:
    """Return the pictures that files, folders and patterns name, each once.

    Folders and patterns yield JPEG and PNG files. Hidden files, results of an earlier run and an output
    folder inside the searched one are left out. A file named outright is taken as it is.

    Raises:
        CommandError: An argument names nothing, or a folder cannot be read.
    """
    found: dict[Path, FoundFile] = {}
    for argument in arguments:
        matches = list(_matches(argument, recursive=recursive, output=output))
        if not matches:
            raise CommandError(f"No picture found: {argument}")
        for match in matches:
            found.setdefault(match.path.resolve(), match)
    return list(found.values())


def plan_jobs(files: Iterable[FoundFile], output: Path | None, *, masks: bool, metadata: bool) -> list[FileJob]:
    """Return a job for each file.

    Without an output folder results lie beside their source, marked `.anonymized`; with one they keep
    name and sub-folder. Masks and metadata are named after the whole name of their picture, so those of
    `a.jpg` and `a.png` differ.

    Raises:
        CommandError: A result would overwrite an input, or two inputs have the same result.
    """
    wanted = [Artifact.BINARY_MASK, Artifact.INSTANCE_MASK] if masks else []
    wanted += [Artifact.METADATA, Artifact.REPORT] if metadata else []
    jobs = [FileJob(each.path, _targets(_picture(each, output), wanted)) for each in files]
    _refuse_overwriting(jobs)
    return jobs


def _refuse_overwriting(jobs: list[FileJob]) -> None:
    # By identity, not by name: links, and file systems that ignore case, give one file several names.
    sources = {_identity(job.source) for job in jobs}
    taken: dict[Path, Path] = {}
    for job in jobs:
        for target in job.targets.values():
            if target.exists() and _identity(target) in sources:
                raise CommandError(f"The result of {job.source} would overwrite the input {target}.")
            if (other := taken.setdefault(target.resolve(), job.source)) != job.source:
                raise CommandError(f"{other} and {job.source} would both be written to {target}.")


def _identity(path: Path) -> tuple[int, int]:
    seen = path.stat()
    return seen.st_dev, seen.st_ino


def _matches(argument: str, *, recursive: bool, output: Path | None) -> Iterator[FoundFile]:
    path = Path(argument)
    if path.is_file():
        yield FoundFile(path, Path(path.name))
        return
    root = path if path.is_dir() else _fixed_part(path)
    # Patterns may be absolute and hold several stars, which Path.glob refuses.
    paths = _walk(root, recursive=recursive) if path.is_dir() else map(Path, glob.iglob(argument, recursive=True))  # noqa: PTH207
    for each in sorted(paths):
        below = each.relative_to(root)
        if _is_picture(each, below) and not _is_inside(each, output, root):
            yield FoundFile(each, below)


def _walk(root: Path, *, recursive: bool) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, onerror=_refuse_unreadable):
        yield from (Path(folder, name) for name in names)
        if not recursive:
            folders.clear()


def _refuse_unreadable(error: OSError) -> NoReturn:
    raise CommandError(f"The folder {error.filename} cannot be read: {error.strerror}.") from error


def _fixed_part(pattern: Path) -> Path:
    """Return the folder in front of the first part that is a pattern."""
    fixed = tuple(takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    return Path(*fixed) if len(fixed) < len(pattern.parts) else pattern.parent


def _is_picture(path: Path, below: Path) -> bool:
    hidden = any(part.startswith(".") for part in below.parts)
    return path.suffix.lower() in SUFFIXES and MARK not in path.stem and not hidden and path.is_file()


def _is_inside(path: Path, output: Path | None, root: Path) -> bool:
    """Say whether the path lies in an output folder that is itself part of what is searched."""
    if output is None or root.resolve().is_relative_to(output.resolve()):
        return False
    return path.parent.resolve().is_relative_to(output.resolve())


def _picture(file: FoundFile, output: Path | None) -> Path:
    return output / file.below if output else file.path.with_name(f"{file.path.stem}{MARK}{file.path.suffix}")


def _targets(picture: Path, wanted: Iterable[Artifact]) -> dict[Artifact, Path]:
    suffixes = {Artifact.BINARY_MASK: ".png", Artifact.INSTANCE_MASK: ".png"}
    others = {each: picture.with_name(f"{picture.name}.{each}{suffixes.get(each, '.json')}") for each in wanted}
    return {Artifact.ANONYMIZED: picture, **others}

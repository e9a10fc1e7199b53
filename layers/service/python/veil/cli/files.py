"""Which files a command line means, and where their results go."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import NoReturn

from veil.adapters.media_files import is_video, result_suffixes
from veil.cli.errors import CommandError
from veil.domain.media import RESULT_TYPES, RESULT_TYPES_OF_VIDEOS, Artifact
from veil.use_cases.anonymize_files import FileJob, FileOutcome, FileResult

# Files of these names are meant to be pictures or videos; where they are neither, that is a failure.
SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jp2", ".j2k",
    ".heic", ".heif", ".jxl", ".dng", ".mpo", ".insp",
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".3gp", ".wmv",
})  # fmt: skip
MARK = ".anonymized"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, its path below the folder that was searched, and why it is left out, if it is.

    Attributes:
        suffixes: Those that fit its result, the usual one first; empty where any does.
        is_video: Whether it is one.
    """

    path: Path
    below: Path
    suffixes: tuple[str, ...] = ()
    why_not: str = ""
    is_video: bool = False

    @property
    def result_name(self) -> tuple[str, str]:
        """Stem and suffix of its result: its own, or its whole name and the suffix that tells what the result is."""
        fits = not self.suffixes or self.path.suffix.lower() in self.suffixes
        return (self.path.stem, self.path.suffix) if fits else (self.path.name, self.suffixes[0])


def find_files(arguments: Iterable[str], *, recursive: bool, output: Path | None, encoder: str) -> list[FoundFile]:
    """Return the files that files, folders and patterns name, each once, also those that are left out.

    Of folders and patterns, pictures and videos are taken, told by content or by name. Hidden files, results of an
    earlier run and an output folder inside the searched one are not even named. A file named outright is taken as it
    is. What a video becomes depends on the encoder that codes it.

    Raises:
        CommandError: An argument names no picture or video, or a folder cannot be read.
    """
    found, again = dict[Path, FoundFile](), dict[Path, FoundFile]()
    for argument in arguments:
        matches = list(_matches(argument, recursive=recursive, output=output, encoder=encoder))
        if all(match.why_not for match in matches):
            raise CommandError(f"No picture or video found: {argument}")
        for match in matches:
            first = found.setdefault(match.path.resolve(), match)
            if first.path.absolute() != match.path.absolute():
                again[match.path.absolute()] = replace(match, why_not=f"the same file as {first.path}")
    return [*found.values(), *again.values()]


def left_out(files: Iterable[FoundFile]) -> list[FileResult]:
    """Return what to say of the files that are left out."""
    return [
        FileResult(FileJob(each.path, {}), FileOutcome.LEFT_OUT, reason=each.why_not) for each in files if each.why_not
    ]


def plan_jobs(files: Iterable[FoundFile], output: Path | None, *, masks: bool, metadata: bool) -> list[FileJob]:
    """Return a job for each file that is not left out.

    Without an output folder results lie beside their source, marked `.anonymized`; with one they keep
    name and sub-folder. Where its suffix does not fit the result, the one that does is added. Masks and metadata are
    named after the whole name of their picture, so those of `a.jpg` and `a.png` differ.

    Raises:
        CommandError: A result would overwrite an input, or two inputs have the same result.
    """
    wanted = [Artifact.BINARY_MASK, Artifact.INSTANCE_MASK] if masks else []
    wanted += [Artifact.METADATA, Artifact.REPORT, Artifact.FINDINGS] if metadata else []
    jobs = []
    for each in (file for file in files if not file.why_not):
        targets = _targets(_result(each, output), wanted, is_video=each.is_video)
        jobs.append(FileJob(each.path, targets))
    _refuse_overwriting(jobs)
    return jobs


def _refuse_overwriting(jobs: list[FileJob]) -> None:
    # By identity, not by name: links, and file systems that ignore case, give one file several names.
    sources = {_identity(job.source) for job in jobs}
    taken: dict[Path, Path] = {}
    for job in jobs:
        for target in job.targets.values():
            if (there := _identity(target)) and there in sources:
                raise CommandError(f"The result of {job.source} would overwrite the input {target}.")
            if (other := taken.setdefault(target.resolve(), job.source)) != job.source:
                raise CommandError(f"{other} and {job.source} would both be written to {target}.")


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what a file is whatever its name; None where there is none, or cannot be: its job tells that by name."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _matches(argument: str, *, recursive: bool, output: Path | None, encoder: str) -> Iterator[FoundFile]:
    path = Path(argument)
    if path.is_file():
        suffixes, video = _looked_into(path, encoder)
        yield FoundFile(path, Path(path.name), suffixes or (), is_video=video)
        return
    root = path if path.is_dir() else _fixed_part(path)
    # Patterns may be absolute and hold several stars, which Path.glob refuses.
    paths = _walk(root, recursive=recursive) if path.is_dir() else map(Path, glob.iglob(argument, recursive=True))  # noqa: PTH207
    for each in sorted(paths):
        below = each.relative_to(root)
        if _is_meant(each, below) and not _is_inside(each, output, root):
            yield _looked_at(each, below, encoder)


def _walk(root: Path, *, recursive: bool) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, onerror=_refuse_unreadable):
        yield from (Path(folder, name) for name in names)
        yield from (Path(folder, name) for name in folders if recursive and Path(folder, name).is_symlink())
        if not recursive:
            folders.clear()


def _refuse_unreadable(error: OSError) -> NoReturn:
    raise CommandError(f"The folder {error.filename} cannot be read: {error.strerror}.") from error


def _fixed_part(pattern: Path) -> Path:
    """Return the folder in front of the first part that is a pattern."""
    fixed = tuple(takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    return Path(*fixed) if len(fixed) < len(pattern.parts) else pattern.parent


def _is_meant(path: Path, below: Path) -> bool:
    """Say whether a person who looks into the folder sees the file and did not get it from Veil."""
    hidden = any(part.startswith(".") for part in below.parts)
    return not hidden and MARK not in path.stem and (not path.is_dir() or path.is_symlink())


def _looked_at(path: Path, below: Path, encoder: str) -> FoundFile:
    if path.is_dir():
        return FoundFile(path, below, why_not="a link to a folder; name it to have it searched")
    if not path.is_file():
        return FoundFile(path, below, why_not="not a file")
    suffixes, video = _looked_into(path, encoder)
    is_meant = suffixes is not None or path.suffix.lower() in SUFFIXES
    return FoundFile(path, below, suffixes or (), "" if is_meant else "no picture and no video", is_video=video)


def _looked_into(path: Path, encoder: str) -> tuple[tuple[str, ...] | None, bool]:
    """Return the suffixes of a file's result, and whether it is a video."""
    try:
        return result_suffixes(path, encoder), is_video(path)
    except OSError:  # its job meets the same error and tells it by name
        return (), False


def _is_inside(path: Path, output: Path | None, root: Path) -> bool:
    """Say whether the path lies in an output folder that is itself part of what is searched."""
    if output is None or root.resolve().is_relative_to(output.resolve()):
        return False
    return path.parent.resolve().is_relative_to(output.resolve())


def _result(file: FoundFile, output: Path | None) -> Path:
    stem, suffix = file.result_name
    return output / file.below.with_name(stem + suffix) if output else file.path.with_name(stem + MARK + suffix)


def _targets(picture: Path, wanted: Iterable[Artifact], *, is_video: bool) -> dict[Artifact, Path]:
    types = RESULT_TYPES_OF_VIDEOS if is_video else RESULT_TYPES
    others = {each: picture.with_name(f"{picture.name}.{each}{types[each].suffix}") for each in wanted}
    return {Artifact.ANONYMIZED: picture, **others}

"""Which files a command line means, and where their results go."""

import glob
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from veil.cli.errors import CommandError
from veil.domain.media import Artifact
from veil.use_cases.anonymize_files import FileJob

SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
MARK = ".anonymized"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A picture, and its path below the folder or beside the pattern that named it."""

    path: Path
    below: Path


def find_files(arguments: Iterable[str], *, recursive: bool) -> list[FoundFile]:
    """Return the pictures that files, folders and patterns name, each once.

    Folders yield their JPEG and PNG files, without results of an earlier run; a file named outright is
    taken as it is.

    Raises:
        CommandError: An argument names nothing.
    """
    found: dict[Path, FoundFile] = {}
    for argument in arguments:
        matches = list(_matches(argument, recursive=recursive))
        if not matches:
            raise CommandError(f"No picture found: {argument}")
        for match in matches:
            found.setdefault(match.path.resolve(), match)
    return list(found.values())


def plan_jobs(files: Iterable[FoundFile], output: Path | None, *, masks: bool, metadata: bool) -> list[FileJob]:
    """Return a job for each file.

    Without an output folder results lie beside their source, marked `.anonymized`; with one they keep
    name and sub-folder.

    Raises:
        CommandError: A result would overwrite an input, or two inputs have the same result.
    """
    files = list(files)
    sources = {each.path.resolve() for each in files}
    jobs = [FileJob(each.path, _targets(each, output, masks=masks, metadata=metadata)) for each in files]
    taken: dict[Path, Path] = {}
    for job in jobs:
        for target in job.targets.values():
            if target.resolve() in sources:
                raise CommandError(f"The result of {job.source} would overwrite the input {target}.")
            if (other := taken.setdefault(target.resolve(), job.source)) != job.source:
                raise CommandError(f"{other} and {job.source} would both be written to {target}.")
    return jobs


def _matches(argument: str, *, recursive: bool) -> Iterator[FoundFile]:
    path = Path(argument)
    if path.is_dir():
        for each in sorted(path.rglob("*") if recursive else path.glob("*")):
            if _is_picture(each):
                yield FoundFile(each, each.relative_to(path))
    elif path.is_file():
        yield FoundFile(path, Path(path.name))
    else:
        # Patterns may be absolute and hold several stars, which Path.glob refuses.
        for name in sorted(glob.glob(argument, recursive=recursive)):  # noqa: PTH207
            if _is_picture(Path(name)):
                yield FoundFile(Path(name), Path(Path(name).name))


def _is_picture(path: Path) -> bool:
    hidden = any(part.startswith(".veil-") for part in path.parts)
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.stem.endswith(MARK) and not hidden


def _targets(file: FoundFile, output: Path | None, *, masks: bool, metadata: bool) -> dict[Artifact, Path]:
    base = output / file.below.with_suffix("") if output else file.path.with_name(file.path.stem + MARK)
    targets = {Artifact.ANONYMIZED: base.with_name(base.name + file.path.suffix)}
    if masks:
        targets[Artifact.BINARY_MASK] = base.with_name(f"{base.name}_bin_mask.png")
        targets[Artifact.INSTANCE_MASK] = base.with_name(f"{base.name}_ins_mask.png")
    if metadata:
        targets[Artifact.METADATA] = base.with_name(f"{base.name}.json")
        targets[Artifact.REPORT] = base.with_name(f"{base.name}.report.json")
    return targets

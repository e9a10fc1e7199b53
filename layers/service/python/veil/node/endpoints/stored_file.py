"""A file of the node's folder as an answer of the routes."""

from dataclasses import dataclass

from veil.http.response import Response


@dataclass(frozen=True, slots=True)
class StoredFile(Response):
    """Streamed from the folder by whoever sends the answer.

    Attributes:
        key: The file's media key.
        mask_scale: Of a mask, the size that is asked for in percent of its own; None for the file as it is.
    """

    key: str = ""
    mask_scale: float | None = None


def stored_file(key: str, mask_scale: float | None) -> StoredFile:
    """Return the answer that is the file under a media key."""
    return StoredFile(200, key=key, mask_scale=mask_scale)

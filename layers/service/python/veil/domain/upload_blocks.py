"""An upload that arrives in blocks: what blocks and lists of them are called, and what is not taken (Azure's rules)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from veil.domain.errors import RequestError

MOST_BLOCKS = 50_000
LARGEST_UPLOAD_BYTES = 2**32 - 1


class BlockRefusedError(RequestError):
    """A block or a list of blocks that cannot be taken.

    Attributes:
        code: Azure's name for what is wrong.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BlockList(NamedTuple):
    """A list of blocks as it is written down, and its checksum, by which it is known."""

    name: str
    text: str


def block_name(block_id: str) -> str:
    """Return the name under which a block is kept: ids are the client's own text, and no part of a path."""
    encoded = block_id.encode("utf-8", "backslashreplace")
    return f"{len(encoded)}-{hashlib.sha256(encoded).hexdigest()}"


def list_of(names: Sequence[str]) -> BlockList:
    """Return how the list of these blocks is written down."""
    text = json.dumps(names)
    return BlockList(hashlib.sha256(text.encode()).hexdigest(), text)


def upload_name(block_ids: Sequence[str]) -> str:
    """Return the name of the upload that these blocks in this order are."""
    return list_of([block_name(each) for each in block_ids]).name


def require_room(kept: Mapping[str, int], name: str, size_bytes: int, *, limit_bytes: int) -> None:
    """Refuse a block that does not fit those that are kept, each with its size.

    Raises:
        BlockRefusedError: Ids of one upload have one length, and all blocks together have a limit.
    """
    length = name.partition("-")[0]
    if any(other.partition("-")[0] != length for other in kept):
        raise BlockRefusedError("InvalidBlobOrBlock", "All block ids of an upload must have the same length.")
    total = sum(kept.values()) - kept.get(name, 0) + size_bytes
    if len(kept) >= 2 * MOST_BLOCKS or total > 2 * limit_bytes:
        raise BlockRefusedError("RequestBodyTooLarge", "The blocks of this upload are more than are taken.")


def require_all(kept: Mapping[str, int], names: Sequence[str], *, limit_bytes: int) -> None:
    """Refuse a list that is not of blocks that are kept, each with its size.

    Raises:
        BlockRefusedError: A block is not there, or together they are more than are taken.
    """
    if len(names) > MOST_BLOCKS or not kept.keys() >= set(names):
        raise BlockRefusedError("InvalidBlockList", "The list names a block that was not uploaded, or too many.")
    if sum(kept[name] for name in names) > limit_bytes:
        raise BlockRefusedError("RequestBodyTooLarge", f"The file is larger than {limit_bytes} bytes.")

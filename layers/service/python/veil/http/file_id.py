"""The v1 APIs' name of a task: a UUID that is computed from the task's number and back.

Neither of the two is a secret: what an owner may see is decided by the owner, never by the id.
"""

import hashlib
from uuid import UUID

from veil.http.parameter_types import Schema

# RFC 9562, section 5.8: version 8 and the variant leave 60 bits in front and 62 behind.
_VERSION_8 = 8 << 76
_VARIANT = 2 << 62
_NUMBER_MASK = (1 << 62) - 1
_CHECK_BITS = 60


def file_id_of(task_id: int) -> str:
    """Return the task's UUID. Two numbers from 0 to 2**62 - 1 never share one.

    The number is behind, a checksum of it in front: so neighbours look different, and a mistyped id
    names nothing.
    """
    check = hashlib.sha256(f"veil file {task_id}".encode()).digest()
    front = int.from_bytes(check[:8]) >> (64 - _CHECK_BITS)
    # The version sits between the first 48 bits of the front and its last 12.
    placed = ((front >> 12) << 80) | ((front & 0xFFF) << 64)
    return str(UUID(int=placed | _VERSION_8 | _VARIANT | task_id))


def task_id_of(file_id: str) -> int | None:
    """Return the number of the task that a UUID in its usual form names, or None where it names none."""
    try:
        task_id = UUID(file_id).int & _NUMBER_MASK
    except ValueError:
        return None
    return task_id if file_id_of(task_id) == file_id.lower() else None


FILE_ID: Schema = {"type": "string", "format": "uuid", "examples": [file_id_of(1693295888421318)]}
"""The JSON schema of such an id."""

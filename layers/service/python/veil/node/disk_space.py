"""Whether the disk has room for what a node takes."""

import shutil
from pathlib import Path

_MEGABYTE = 1_000_000


def why_no_room(folder: Path, needed_bytes: int) -> str | None:
    """Return why the folder's disk cannot take so many more bytes, or None where it can."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes >= needed_bytes:
        return None
    return (
        f"The disk is full: {free_bytes // _MEGABYTE} MB are free, and an upload may have {needed_bytes // _MEGABYTE}."
    )

"""Whether the disk has room for what a node takes."""

import shutil
from pathlib import Path

_MEGABYTE = 1_000_000
# A large picture and its results. Most videos need less, and the largest would call every smaller disk full.
LEAST_FREE_BYTES = 200 * _MEGABYTE


def why_no_room(folder: Path, needed_bytes: int = LEAST_FREE_BYTES) -> str | None:
    """Return why the folder's disk counts as full, or None where it has so many bytes left."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes >= needed_bytes:
        return None
    return f"The disk is full: {free_bytes // _MEGABYTE} MB are free, less than {needed_bytes // _MEGABYTE}."

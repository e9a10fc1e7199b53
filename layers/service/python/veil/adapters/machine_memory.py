"""How large a picture this machine's memory can hold at all."""

import os
from collections.abc import Iterator
from pathlib import Path

# A worker without a picture, and what a pixel of plain colour takes at the worst moment, each at its least: whoever is
# told that a picture does not fit must be told the truth.
WORKER_BYTES, PIXEL_BYTES = 400_000_000, 12
LEAST_ROOM = 1_000_000


def room_here(root: Path = Path("/")) -> int | None:
    """Return how many pixels of plain colour fit into the memory of this machine or container; None if it is not told.

    Args:
        root: Where the system tells of itself.
    """
    told = [size for size in (_physical(), *_control_groups(root)) if size is not None]
    return max((min(told) - WORKER_BYTES) // PIXEL_BYTES, LEAST_ROOM) if told else None


def _physical() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # other systems have no such call, or not these names
        return None


def _control_groups(root: Path) -> Iterator[int | None]:
    """Yield the limit of each control group that this process is in (cgroups, versions 1 and 2)."""
    mounted = root / "sys/fs/cgroup"
    yield _limit(mounted / "memory/memory.limit_in_bytes")
    try:
        groups = (root / "proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        groups = []
    inside = next((line[3:].lstrip("/") for line in groups if line.startswith("0::")), "")
    for group in (mounted / inside, *(mounted / inside).parents):
        yield _limit(group / "memory.max")
        if group == mounted:
            return


def _limit(file: Path) -> int | None:
    """Return the bytes that a file tells, or None where there is no such file or it tells `max`."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None

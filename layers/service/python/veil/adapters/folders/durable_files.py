"""Files that are there whole or not at all, also after a power cut."""

import os
from pathlib import Path


def sync_file(file: Path) -> None:
    """Return once the file's bytes are on the disk."""
    _sync(file, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Return once the folder's list of names is on the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def make_private_folders(folder: Path) -> None:
    """Create the folder and its missing parents, each readable by this user only, and sync their names."""
    if folder.is_dir():
        return
    make_private_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def place_once(draft: Path, file: Path) -> None:
    """Give a synced draft its name unless another process was faster, and remove the draft."""
    try:
        # Unlike a rename, a link never replaces anything.
        file.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    sync_folder(file.parent)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

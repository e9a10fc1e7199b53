"""The folder that holds the built layer, and whether it is what the sources are now."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from infra import REPOSITORY

SOURCE = REPOSITORY / "layers/service"
LOCK = REPOSITORY / "requirements/lambda.txt"


def layer_folder(architecture: str) -> Path:
    """Return where `make layer` puts the layer for a processor. Git ignores it."""
    return REPOSITORY / "build" / f"layer-{architecture}"


def is_fresh(built: Path) -> bool:
    """Say whether the folder was built from the sources and the lock as they are now."""
    digest = built / "digest"
    return digest.is_file() and digest.read_text() == source_digest()


def source_digest() -> str:
    """Return a checksum of everything that the layer is made of: names and contents."""
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(f"{file.relative_to(REPOSITORY).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield LOCK
    yield from sorted(path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)

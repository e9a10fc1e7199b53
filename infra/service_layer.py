"""What the zipped functions share: the service and its dependencies, compiled (docs/decisions/0010)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from aws_cdk import Annotations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import REPOSITORY

RUNTIME = lambda_.Runtime.PYTHON_3_13
SOURCE = REPOSITORY / "layers/service"
LOCK = REPOSITORY / "requirements/lambda.txt"
NOT_BUILT = "The layer is not built, or older than its sources. Run `make layer` before you deploy."


class ServiceLayer(lambda_.LayerVersion):
    """The folder that `make layer` filled; where it did not, the bare sources and an error on deployment.

    So that synthesis needs neither a network nor pip, and half a layer is never deployed.
    """

    def __init__(self, scope: Construct, id_: str, *, architecture: lambda_.Architecture) -> None:
        built = layer_folder(architecture.name)
        is_built = is_fresh(built)
        super().__init__(
            scope,
            id_,
            code=lambda_.Code.from_asset(
                str(built if is_built else SOURCE), exclude=["digest"] if is_built else ["**/__pycache__"]
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[architecture],
            description="Veil's service and its dependencies",
        )
        if not is_built:
            Annotations.of(self).add_error(NOT_BUILT)


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

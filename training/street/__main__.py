"""`python -m training.street PARAM BIN OUTPUT`: make the built-in detector from the ncnn network that carries it."""

import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path

from training.street.ncnn import read_layers
from training.street.onnx_graph import to_onnx

PARAM = "d79e18ecd8595081bb29fdf0c790a47fcea96fbf58598350569a92e71e915b72"
BIN = "f7555ca6cb9650ee41e2f0a53fdf46b6e187a2a09792208d8c3eec033b6ac615"
# By stride: what comes before scores and distances are split and flattened.
OUTPUTS = {"head_8": "1441", "head_16": "1466", "head_32": "1491", "head_64": "1516"}


def main() -> None:
    """Convert, and print size and checksum for the catalogue."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("param", type=Path, help="nanodet-plus-m_416.param")
    parser.add_argument("bin", type=Path, help="nanodet-plus-m_416.bin")
    parser.add_argument("output", type=Path, help="ONNX file to write")
    arguments = parser.parse_args()
    layers = read_layers(_known(arguments.param, PARAM).decode(), _known(arguments.bin, BIN))
    data = to_onnx(layers, OUTPUTS).SerializeToString()
    arguments.output.write_bytes(data)
    sys.stdout.write(f"{arguments.output}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}\n")


def _known(file: Path, sha256: str) -> bytes:
    """Return the file's bytes.

    Raises:
        ValueError: It is another one.
    """
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{file} is not the one this was written for")
    return data


if __name__ == "__main__":
    main()

"""`python -m training.outlines TFLITE OUTPUT`: make the segmenter that comes with Veil from the published network."""

import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path

from training.outlines.tflite_to_onnx import to_onnx

TFLITE = "350af47fd346ea6d74b58833a351f583ba860e9806ec5bd292ff8d8f1f249398"


def main() -> None:
    """Convert, and print size and checksum for the catalogue."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("tflite", type=Path, help="deeplabv3_mnv2_pascal_quant.tflite")
    parser.add_argument("output", type=Path, help="ONNX file to write")
    arguments = parser.parse_args()
    data = arguments.tflite.read_bytes()
    if hashlib.sha256(data).hexdigest() != TFLITE:
        parser.error(f"{arguments.tflite} is not the one this was written for")
    converted = to_onnx(data)
    arguments.output.write_bytes(converted)
    sys.stdout.write(f"{arguments.output}: {len(converted)} bytes, sha256 {hashlib.sha256(converted).hexdigest()}\n")


if __name__ == "__main__":
    main()

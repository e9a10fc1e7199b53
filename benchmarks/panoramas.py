"""What panoramas of a full turn take: time per megapixel, and memory at the worst moment.

Each is anonymized in a process of its own, so that the memory is that of one panorama and of nothing before it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.measure import best_of
from benchmarks.photos import as_jpeg, crowd
from veil.adapters.vision import VisionAnonymizer
from veil.domain.media import Artifact
from veil.domain.policy import ClassRule, Policy
from veil.http.tiling import PRESETS
from veil.ports.anonymizer import IgnoredProgress
from veil.use_cases.file_sink import FileSink
from veil_vision.models.catalogue import models_dir

NAMES = ("pano:4096", "pano:8000", "pano:11000")
COLUMNS, ROWS = 7, 3
REPEATS = 3
MOST_MIB = 2048


def main() -> None:
    """Measure and print."""
    table = Table(
        "format", "megapixels", "detections", "CPU-ms", "per megapixel", "peak MiB", f"share of {MOST_MIB}",
        title=f"{COLUMNS * ROWS} faces, one of them across the seam; one thread, best of {REPEATS}, with masks",
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        for name in NAMES:
            table.add_row(name, *_row(name, Path(folder)))
    Console().print(table)


def _row(name: str, folder: Path) -> list[str]:
    width, height = PRESETS[name].width or 0, PRESETS[name].height or 0
    pixels = crowd(width=width, height=height, columns=COLUMNS, rows=ROWS)
    # The third cell from the left comes to lie across the seam.
    source = folder / f"{width}.jpg"
    source.write_bytes(as_jpeg(np.roll(pixels, -round(2.5 * width / COLUMNS), axis=1)))
    command = [sys.executable, "-m", "benchmarks.panoramas", name, str(source)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    megapixels = width * height / 1e6
    return [
        f"{megapixels:.1f}",
        f"{told['detections']}",
        f"{1000 * told['cpu_seconds']:.0f}",
        f"{1000 * told['cpu_seconds'] / megapixels:.0f}",
        f"{told['peak_mib']:.0f}",
        f"{told['peak_mib'] / MOST_MIB:.0%}",
    ]


def measure(name: str, source: Path) -> dict[str, float]:
    """Return what one panorama took in this process: memory with everything that was loaded for it."""
    anonymizer = VisionAnonymizer.open(models_dir(os.environ), threads=1)
    policy = Policy(face=ClassRule(hide=True, gradient_start=0.3), tiling=PRESETS[name])
    cost = best_of(REPEATS, lambda: anonymizer.anonymize(source, FileSink(source.parent), policy, IgnoredProgress()))
    told = json.loads((source.parent / Artifact.METADATA).read_bytes())
    return {"cpu_seconds": cost.cpu_seconds, "detections": len(told["detections"]), "peak_mib": _peak_mib()}


def _peak_mib() -> float:
    """Return this process's largest resident memory. What the system tells its parent may be the parent's own."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()

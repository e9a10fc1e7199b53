"""What the express lane computes for one photo: both default classes, masks and all files, on one thread.

`infra/costs.py` takes its CPU seconds from here.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.images import SCENES, Scene
from benchmarks.measure import best_of
from benchmarks.photos import as_jpeg, crowd
from veil.adapters.vision import VisionAnonymizer
from veil.domain.policy import ClassRule, Policy
from veil_vision.models import models_dir

REPEATS = 3


def main() -> None:
    """Measure and print."""
    table = Table("scene", "CPU-s", "kB in", "kB out", title=f"Faces and plates, one thread, best of {REPEATS}")
    anonymizer = VisionAnonymizer.open(models_dir(os.environ), threads=1)
    for scene in SCENES[:2]:
        with TemporaryDirectory() as folder:
            table.add_row(scene.name, *_row(scene, anonymizer, Path(folder)))
    Console().print(table)


def _row(scene: Scene, anonymizer: VisionAnonymizer, folder: Path) -> list[str]:
    source, target = folder / "in.jpg", folder / "out"
    target.mkdir()
    source.write_bytes(as_jpeg(crowd(width=scene.width, height=scene.height, columns=scene.columns, rows=scene.rows)))
    policy = Policy(face=ClassRule(hide=True), license_plate=ClassRule(hide=True))
    cost = best_of(REPEATS, lambda: anonymizer.anonymize(source, target, policy))
    made = sum(each.stat().st_size for each in target.iterdir())
    return [f"{cost.cpu_seconds:.2f}", f"{source.stat().st_size / 1000:.0f}", f"{made / 1000:.0f}"]


if __name__ == "__main__":
    main()

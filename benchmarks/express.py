"""What the express lane computes for one photo: masks and all files, on one thread and on its two.

`infra/costs.py` takes its seconds from here, measured in a cgroup that gives as much of the processors as the
function has: 1.7 of them, which 3,008 MB of memory bring.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.images import SCENES, Scene
from benchmarks.measure import Cost, best_of
from benchmarks.photos import as_jpeg, crowd
from veil.adapters.vision import VisionAnonymizer
from veil.domain.policy import ClassRule, Policy
from veil.ports.anonymizer import IgnoredProgress
from veil.use_cases.file_sink import FileSink
from veil_vision.models.catalogue import models_dir

REPEATS = 3
HIDDEN = ClassRule(hide=True)
POLICIES = {
    "faces and plates": Policy(face=HIDDEN, license_plate=HIDDEN),
    "all four classes": Policy(face=HIDDEN, license_plate=HIDDEN, person=HIDDEN, vehicle=HIDDEN),
}


def main() -> None:
    """Measure and print."""
    table = Table("scene", "hidden", "threads", "CPU-s", "s", title=f"One photo, with masks, best of {REPEATS}")
    for row in _rows():
        table.add_row(*row)
    Console().print(table)


def _rows() -> Iterator[tuple[str, ...]]:
    for threads in (1, 2):
        anonymizer = VisionAnonymizer.open(models_dir(os.environ), threads=threads)
        for scene in SCENES[:2]:
            for hidden, policy in POLICIES.items():
                cost = _cost(scene, policy, anonymizer)
                yield scene.name, hidden, str(threads), f"{cost.cpu_seconds:.2f}", f"{cost.wall_seconds:.2f}"


def _cost(scene: Scene, policy: Policy, anonymizer: VisionAnonymizer) -> Cost:
    with TemporaryDirectory() as name:
        source, target = Path(name) / "in.jpg", Path(name) / "out"
        target.mkdir()
        pixels = crowd(width=scene.width, height=scene.height, columns=scene.columns, rows=scene.rows)
        source.write_bytes(as_jpeg(pixels))
        return best_of(REPEATS, lambda: anonymizer.anonymize(source, FileSink(target), policy, IgnoredProgress()))


if __name__ == "__main__":
    main()

"""Images: Veil's pipeline against two floors in the same process, and its command against a peer's."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import simplejpeg  # type: ignore[import-untyped]  # ships no types
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Cost, best_of, of_command
from benchmarks.photos import Pixels, as_jpeg, crowd
from veil.adapters.recipes import recipe_of
from veil.domain.policy import ClassRule, Policy, SavedMasks
from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import find_all
from veil_vision.detect.families import open_detector
from veil_vision.image.header import ImageLimits
from veil_vision.models.catalogue import ModelFolder, catalogue, models_dir
from veil_vision.pipelines.image import anonymize_image

QUALITY = 90
REPEATS = 7
FILES = 40
PEER = Path(".venv-bench/bin/deface")
# The peer's own ONNX Runtime sends telemetry unless it is told not to.
QUIETLY = ("/usr/bin/env", "ORT_DISABLE_TELEMETRY=1")


@dataclass(frozen=True, slots=True)
class Scene:
    """A photo to measure on.

    Attributes:
        peer_scale: The size at which the peer must look to see what Veil sees by default.
    """

    name: str
    width: int
    height: int
    columns: int
    rows: int
    peer_scale: str


SCENES = (
    Scene("1.2 MP, 6 faces", 1280, 960, 3, 2, "1280x960"),
    Scene("12 MP, 12 faces", 4000, 3000, 4, 3, "2304x1728"),
    Scene("32 MP, 48 faces", 6532, 4899, 8, 6, "2304x1728"),
)


def main() -> None:
    """Measure and print ratios."""
    console = Console()
    console.print(_against_floors())
    if PEER.exists():
        console.print(_against_peer())
    else:
        console.print(f"The peer is not installed ({PEER}); `make bench` installs it.")


def _against_floors() -> Table:
    table = Table(
        "scene", "search", "decode + encode", "sum of floors", "Veil", "ratio", "with masks", "ratio",
        title="CPU-ms of one photo, one thread, best of 7",
    )  # fmt: skip
    detectors = _face_detectors()
    for scene in SCENES:
        pixels = crowd(width=scene.width, height=scene.height, columns=scene.columns, rows=scene.rows)
        table.add_row(scene.name, *_floor_row(pixels, detectors))
    return table


def _floor_row(pixels: Pixels, detectors: Sequence[Detector]) -> list[str]:
    data = as_jpeg(pixels)
    decoded = simplejpeg.decode_jpeg(data)
    wanted = recipe_of(Policy(face=ClassRule(hide=True)), ImageLimits())
    looking = best_of(REPEATS, lambda: find_all(decoded, wanted, detectors))
    coding = best_of(REPEATS, lambda: simplejpeg.encode_jpeg(simplejpeg.decode_jpeg(data), quality=QUALITY))
    floor = looking.cpu_seconds + coding.cpu_seconds
    row = [_ms(looking), _ms(coding), f"{1000 * floor:.0f}"]
    for masks in (SavedMasks.NONE, SavedMasks.ALL):
        policy = Policy(face=ClassRule(hide=True, gradient_start=0.3), masks=masks)
        veil = best_of(REPEATS, partial(anonymize_image, data, recipe_of(policy, ImageLimits()), detectors))
        row += [_ms(veil), f"{veil.cpu_seconds / floor:.2f}"]
    return row


def _against_peer() -> Table:
    table = Table(
        "scene", "Veil CPU-s", "deface CPU-s", "ratio", "Veil s", "deface s", "ratio", "Veil MB", "deface MB",
        title=f"{FILES} photos by each command, process start included; Veil verifies, deface does not",
    )  # fmt: skip
    for scene in SCENES[:2]:
        with TemporaryDirectory() as folder:
            table.add_row(scene.name, *_peer_row(scene, Path(folder)))
    return table


def _peer_row(scene: Scene, folder: Path) -> list[str]:
    source, target = folder / "in", folder / "out"
    source.mkdir()
    for number in range(FILES):
        pixels = crowd(width=scene.width, height=scene.height, columns=scene.columns, rows=scene.rows, seed=number)
        (source / f"{number:02}.jpg").write_bytes(as_jpeg(pixels))
    veil = of_command([".venv/bin/veil", "anonymize", source, "-o", target])
    threshold = f"{_detector('centerface').default_threshold}"
    peer = of_command(
        [*QUIETLY, PEER, source, "--scale", scene.peer_scale, "--thresh", threshold, "--backend", "onnxrt"]
    )
    return [
        f"{veil.cpu_seconds:.1f}",
        f"{peer.cpu_seconds:.1f}",
        f"{peer.cpu_seconds / veil.cpu_seconds:.1f}x",
        f"{veil.wall_seconds:.1f}",
        f"{peer.wall_seconds:.1f}",
        f"{peer.wall_seconds / veil.wall_seconds:.1f}x",
        f"{veil.peak_mb:.0f}",
        f"{peer.peak_mb:.0f}",
    ]


def _face_detectors() -> list[Detector]:
    """Return those that look for faces on a machine after `veil models pull`."""
    return [_detector(name) for name in ("centerface", "yunet")]


def _detector(name: str) -> Detector:
    card = next(card for card in catalogue() if card.name == name)
    return open_detector(card, ModelFolder(models_dir(os.environ)))


def _ms(cost: Cost) -> str:
    return f"{1000 * cost.cpu_seconds:.0f}"


if __name__ == "__main__":
    main()

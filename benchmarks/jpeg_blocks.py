"""What it costs to keep a JPEG's blocks instead of coding it whole: encoding and the gate's look at the file."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rich.console import Console
from rich.table import Table

from benchmarks.images import SCENES, Scene
from benchmarks.measure import best_of
from benchmarks.photos import as_jpeg, crowd
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region, RegionStyle, regions_of
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.render import draw, encode
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import Picture, decode_image
from veil_vision.verify.replacement import require_clean

REPEATS = 5
STYLE = RegionStyle(feather=0.3)
RECIPE = Recipe(
    targets={ObjectClass.FACE: Target(threshold=None, style=STYLE, kernel_size=0.35)}, method=AnonymizationMethod.BLUR
)


def main() -> None:
    """Measure and print."""
    table = Table(
        "scene", "whole: encode", "verify", "MB", "blocks kept: encode", "verify", "MB",
        title=f"CPU-ms, the library's process included, best of {REPEATS}; size of the file",
    )  # fmt: skip
    for scene in SCENES[1:]:
        table.add_row(scene.name, *_row(scene))
    Console().print(table)


def _row(scene: Scene) -> list[str]:
    source = as_jpeg(crowd(width=scene.width, height=scene.height, columns=scene.columns, rows=scene.rows))
    picture = decode_image(source)
    regions = _regions(scene)
    row = []
    for each in (replace(picture, coded=None), picture):
        drawn = draw(each, regions, RECIPE)
        data = encode(drawn, regions, RECIPE)
        row += [_ms(partial(encode, drawn, regions, RECIPE)), _ms(_checking(data, drawn, regions))]
        row.append(f"{len(data) / 1e6:.2f} of {len(source) / 1e6:.2f}")
    return row


def _regions(scene: Scene) -> tuple[Region, ...]:
    """Return a face in each cell, of about the size that `crowd` draws."""
    wide, high = scene.width / scene.columns, scene.height / scene.rows
    side = min(wide, high) / 5
    middles = [
        ((column + 0.5) * wide, (row + 0.5) * high) for row in range(scene.rows) for column in range(scene.columns)
    ]
    boxes = [[x - side / 2, y - side / 2, x + side / 2, y + side / 2] for x, y in middles]
    return regions_of(Detections.of(boxes), RECIPE.styles, width=scene.width, height=scene.height)


def _checking(data: bytes, drawn: Picture, regions: tuple[Region, ...]) -> Callable[[], object]:
    return lambda: require_clean(data, drawn, regions, quality=RECIPE.quality_if_whole, keep=RECIPE.keep)


def _ms(work: Callable[[], object]) -> str:
    return f"{1000 * best_of(REPEATS, work).cpu_seconds:.0f}"


if __name__ == "__main__":
    main()

"""Masks of a video: what was hidden in each frame, as lossless videos with the same frames at the same times."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.regions import FULL, Region, regions_of
from veil_vision.hide.masks import binary_mask, instance_mask
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.ordered import in_order
from veil_vision.track.findings import Findings
from veil_vision.video.lossless import LosslessWriter

Mask = NDArray[np.uint8]


def write_masks(
    findings: Findings,
    recipe: Recipe,
    *,
    binary: Path | None,
    instance: Path | None,
    broken: Collection[int] = (),
    workers: int = 1,
    report: Callable[[float], None],
) -> None:
    """Write the masks that have a target, coded as those of pictures are, of frames as they are shown.

    An object keeps its instance number through the video: one more than its track's, from 1 again after 255.

    Args:
        findings: What is hidden where and when.
        recipe: How it is hidden.
        binary: Where the one is written; None writes none.
        instance: Where the other is.
        broken: Frames that are black in the result: hidden whole, as nobody's.
        workers: Threads that draw.
        report: Told after each frame that all else is done; what it raises ends the work.
    """
    if binary is None and instance is None:
        return
    (width, height), scale = findings.size, recipe.mask_scale
    rate = Fraction(findings.video.rate).limit_denominator(1001)

    def drawn(frame: int) -> tuple[Mask | None, Mask | None]:
        regions = _regions(findings, recipe, frame)
        white = binary_mask(regions, width=width, height=height, scale=scale) if binary else None
        coloured = instance_mask(regions, width=width, height=height, scale=scale) if instance else None
        if white is not None and frame in broken:
            white[...] = FULL
        return white, coloured

    with ExitStack() as stack:
        writers = [
            stack.enter_context(LosslessWriter(target, rate=rate, time_base=findings.time_base)) if target else None
            for target in (binary, instance)
        ]
        for frame, masks in in_order(drawn, range(findings.video.frames), workers=workers):
            for writer, mask in zip(writers, masks, strict=True):
                if writer and mask is not None:
                    writer.write(mask, findings.times[frame])
            report(1.0)


def _regions(findings: Findings, recipe: Recipe, frame: int) -> tuple[Region, ...]:
    width, height = findings.size
    found = findings.video.at(frame)
    asked = np.array([each in recipe.targets for each in found.classes], dtype=np.bool_)
    zones = recipe.ignore_zones
    return regions_of(found.select(asked), recipe.styles, width=width, height=height, ignore_zones=zones)

"""A picture and what to hide of it become a drawn picture, and that a file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region, drawn_on
from veil_vision.hide.drawing import debug_lines, draw_debug
from veil_vision.hide.recipe import Recipe
from veil_vision.hide.seam import draw_across_the_seam
from veil_vision.hide.styles import hide, hide_alpha
from veil_vision.image.files import Picture, encode_image


class _MethodOptions(TypedDict):
    kernel_sizes: Mapping[ObjectClass, float]
    seed: int


def draw(picture: Picture, regions: Sequence[Region | None], recipe: Recipe) -> Picture:
    """Return the picture with the regions hidden, a function of the pixels outside them only."""
    present = [region for region in regions if region is not None]
    if recipe.method is None or not present:
        return picture
    options: _MethodOptions = {"kernel_sizes": recipe.kernel_sizes, "seed": recipe.seed}
    pixels = hide(picture.pixels, present, recipe.method, **options)
    if recipe.grid is not None and recipe.grid.wraps:
        draw_across_the_seam(pixels, picture.pixels, present, recipe.method, **options)
    alpha = None if picture.alpha is None else hide_alpha(picture.alpha, present)
    return replace(picture, pixels=pixels, alpha=alpha)


def draw_findings(
    drawn: Picture, regions: Sequence[Region | None], recipe: Recipe
) -> tuple[Picture, NDArray[np.bool_]]:
    """Return the drawn picture with boxes and outlines on top, for people who check what was found, and where they lie.

    Where: bool (height, width).
    """
    present = [region for region in regions if region is not None]
    marked = replace(drawn, pixels=draw_debug(drawn.pixels, present, scores=recipe.scores))
    return marked, debug_lines(drawn.pixels.shape, present, scores=recipe.scores)


def encode(
    drawn: Picture, regions: Sequence[Region | None], recipe: Recipe, lines: NDArray[np.bool_] | None = None
) -> bytes:
    """Return the file of a drawn picture, with the metadata that the recipe keeps and nothing else.

    Args:
        drawn: What to write. Of a JPEG whose coding is known, only what is drawn on is coded anew.
        regions: What is hidden in it.
        recipe: How it is written.
        lines: bool (height, width), where something is drawn on top.

    Raises:
        NotKeptError: Blocks of the JPEG that it was cannot stay.
    """
    return encode_image(
        drawn,
        quality=recipe.quality_if_whole,
        compress_level=recipe.compress_level,
        keep=recipe.keep,
        touched=drawn_on(regions, lines, width=drawn.pixels.shape[1], height=drawn.pixels.shape[0]),
    )

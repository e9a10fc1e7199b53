"""A face that a viewer may show is looked for, also where plain colours do not tell it."""

import tracemalloc

import numpy as np
import pytest

from veil_vision.detect.views import further_views
from veil_vision.image.files import Picture, decode_image, encode_image
from veil_vision.image.kinds import ImageFormat
from veil_vision.image.metadata import MetadataPolicy
from veil_vision.pipelines.image import anonymize_image


@pytest.fixture(scope="module")
def grey(astronaut):
    return astronaut[:256, 96:352].mean(axis=2).astype(np.uint8)


def drawn_by_alpha(grey, ground):
    """A picture of one colour whose alpha plane alone draws the portrait, on a white or a black ground."""
    alpha = 255 - grey if ground == "white" else grey
    level = 1 if ground == "white" else 255
    pixels = np.full((*grey.shape, 3), level, np.uint8)
    pixels[alpha == 0] = 0
    return Picture(pixels, alpha, ImageFormat.PNG)


def dark(grey):
    return Picture((grey.astype(np.uint16) * 2)[..., None], None, ImageFormat.PNG)


PICTURES = {
    "alpha on white": lambda grey: drawn_by_alpha(grey, "white"),
    "alpha on black": lambda grey: drawn_by_alpha(grey, "black"),
    "the lowest nine bits of sixteen": dark,
    "grey levels 100 to 140": lambda grey: Picture((grey // 6 + 100)[..., None], None, ImageFormat.PNG),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_face_that_only_a_viewer_brings_out_is_hidden(kind, grey, face_detector, scenes):
    source = PICTURES[kind](grey)

    result = anonymize_image(encode_image(source, keep=MetadataPolicy()), scenes.recipe(), [face_detector])

    assert len(result.detections) >= 1
    shown = decode_image(result.picture)
    before, after = (each.pixels if source.alpha is None else each.alpha[..., None] for each in (source, shown))
    region = result.regions[0]
    core = (region.rows, region.columns)
    resemblance = np.corrcoef(before[core][region.core].ravel(), after[core][region.core].ravel() + _noise(region))
    assert abs(resemblance[0, 1]) < 0.8


def _noise(region):
    """What keeps a correlation defined where everything is of one level."""
    return np.random.default_rng(1).normal(0, 0.01, int(region.core.sum()))


def test_an_opaque_picture_of_full_contrast_has_no_further_view(astronaut):
    assert list(further_views(astronaut, None)) == []
    assert list(further_views(np.zeros((4, 4, 3), np.uint8), None)) == []


def test_transparency_that_is_all_or_nothing_is_laid_on_white_only():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2] = 255
    alpha = np.zeros((4, 4), np.uint8)
    alpha[:2] = 255

    (view,) = further_views(pixels, alpha)

    assert np.unique(view).tolist() == [255]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("kind", ["transparent", "dark"])
def test_a_view_takes_no_more_memory_than_some_copies_of_the_picture(kind, depth):
    pixels = np.zeros((1024, 1024, 3), depth)
    pixels[:, 512:] = np.iinfo(depth).max if kind == "transparent" else 40
    alpha = np.full((1024, 1024), 9, depth) if kind == "transparent" else None

    tracemalloc.start()
    views = sum(1 for _ in further_views(pixels, alpha))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert views == (2 if kind == "transparent" else 1)
    # Two views at once, the plain one of 16 bits, and what one band of rows takes.
    assert peak <= (3 if depth == np.uint16 else 2) * 3 * 2**20 + 4 * 2**20

"""A panorama of a full turn is searched across its seam, whoever says that it is one."""

import numpy as np
import pytest

from veil_vision.geometry.grids import Grid
from veil_vision.image.files import Picture
from veil_vision.image.kinds import ImageFormat
from veil_vision.image.panorama_xmp import Panorama, write_panorama
from veil_vision.pipelines.image import anonymize_image
from veil_vision.pipelines.image_work import _across_the_seam


class WideMarkFinder:
    """Sees only marks of at least 30 pixels, so none that the edge of a picture cuts in two."""

    def __init__(self, finder):
        self._finder = finder

    def __getattr__(self, name):
        return getattr(self._finder, name)

    def detect(self, pixels, *, threshold, long_side):
        found = self._finder.detect(pixels, threshold=threshold, long_side=long_side)
        return found.select(found.boxes[:, 2] - found.boxes[:, 0] >= 30)


@pytest.mark.parametrize("told", [True, False])
def test_a_panorama_by_its_metadata_is_searched_across_its_seam_without_being_asked(scenes, build, told):
    pixels = scenes.marked((0, 80, 20, 120), (380, 80, 400, 120), width=400)
    xmp = write_panorama(Panorama(400, 200, 400, 200, 0, 0)) if told else b""
    file = build.with_segments(build.jpeg(pixels), build.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp))

    result = anonymize_image(file, scenes.recipe(threshold=0.4), [WideMarkFinder(scenes.finder())])

    hidden = sorted(region.core.shape[1] for region in result.regions)
    assert len(hidden) == (2 if told else 0)


@pytest.mark.parametrize(
    ("width", "height", "is_one"), [(5760, 2880, True), (5640, 2816, True), (4000, 2000, False), (6000, 4000, False)]
)
def test_a_panorama_is_told_by_its_ratio_at_every_size_from_4096_on(scenes, width, height, is_one):
    picture = Picture(np.zeros((height, width, 1), np.uint8), None, ImageFormat.PNG)

    grid = _across_the_seam(scenes.recipe(), picture).grid

    assert (grid is not None and grid.wraps) == is_one
    assert not is_one or len(grid.tiles(width, height)) == grid.rows * grid.columns


def test_a_grid_that_was_asked_for_stays(scenes):
    recipe = scenes.recipe(grid=Grid(1, 1))
    picture = Picture(np.zeros((2048, 4096, 1), np.uint8), None, ImageFormat.PNG)

    assert _across_the_seam(recipe, picture) is recipe

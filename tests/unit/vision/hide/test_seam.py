"""Where the edges of a panorama meet, a hidden face shows no line."""

import numpy as np
import pytest

from tests.unit.vision.pipelines.told import core_of, noise
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.panoramas import on_both_sides
from veil_vision.geometry.regions import RegionStyle, regions_of
from veil_vision.hide.render import draw
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import Picture
from veil_vision.image.kinds import ImageFormat

WIDTH, HEIGHT = 384, 192
ACROSS = [WIDTH - 30.0, 60.0, WIDTH + 24.0, 124.0]
STYLE = RegionStyle(feather=0.3)


@pytest.fixture
def regions():
    halves = on_both_sides(Detections.of([ACROSS]), WIDTH)
    return regions_of(halves, {ObjectClass.FACE: STYLE}, width=WIDTH, height=HEIGHT)


@pytest.fixture
def panorama():
    """Bright to the left of the seam and dark to the right of it, as a door frame is."""
    levels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    levels[:, WIDTH - 90 :], levels[:, :90] = 220, 30
    return levels


def drawn(pixels, regions, recipe):
    return draw(Picture(pixels, None, ImageFormat.PNG), regions, recipe).pixels


def step_at_the_seam(pixels, regions):
    rows = core_of(regions, pixels.shape)[:, 0]
    return np.abs(pixels[rows, 0].astype(int) - pixels[rows, -1]).mean()


def test_a_blur_goes_on_across_the_seam(scenes, panorama, regions):
    plain = drawn(panorama, regions, scenes.recipe(style=STYLE))
    whole = drawn(panorama, regions, scenes.recipe(style=STYLE, grid=Grid.of_panorama(WIDTH, HEIGHT)))

    assert len(regions) == 2
    assert step_at_the_seam(plain, regions) > 100
    assert step_at_the_seam(whole, regions) < 15


@pytest.mark.parametrize("method", list(AnonymizationMethod))
def test_what_lies_under_either_half_changes_nothing(scenes, panorama, regions, method):
    recipe = scenes.recipe(style=STYLE, method=method, grid=Grid.of_panorama(WIDTH, HEIGHT))
    core = core_of(regions, panorama.shape)
    painted = np.where(core[..., None], noise(panorama.shape), panorama)

    np.testing.assert_array_equal(drawn(panorama, regions, recipe), drawn(painted, regions, recipe))


def test_nothing_but_the_face_and_its_feather_is_drawn(scenes, panorama, regions):
    whole = drawn(panorama, regions, scenes.recipe(style=STYLE, grid=Grid.of_panorama(WIDTH, HEIGHT)))

    reached = np.zeros(panorama.shape[:2], bool)
    for region in regions:
        reached[region.rows, region.columns] |= region.feather > 0
    np.testing.assert_array_equal(whole[~reached], panorama[~reached])


def test_what_is_drawn_fades_out_as_it_does_elsewhere(scenes, panorama, regions):
    whole = drawn(
        panorama,
        regions,
        scenes.recipe(style=STYLE, method=AnonymizationMethod.BLACKEN, grid=Grid.of_panorama(WIDTH, HEIGHT)),
    )

    np.testing.assert_array_equal(
        whole, drawn(panorama, regions, scenes.recipe(style=STYLE, method=AnonymizationMethod.BLACKEN))
    )


def test_two_faces_at_the_edges_are_no_halves_of_one(scenes, panorama):
    apart = regions_of(
        Detections.of([[-10, 20, 30, 60], [WIDTH - 30, 100, WIDTH + 10, 140]]),
        {ObjectClass.FACE: STYLE},
        width=WIDTH,
        height=HEIGHT,
    )

    plain, whole = (
        drawn(panorama, apart, scenes.recipe(style=STYLE, **grid))
        for grid in ({}, {"grid": Grid.of_panorama(WIDTH, HEIGHT)})
    )

    np.testing.assert_array_equal(plain, whole)

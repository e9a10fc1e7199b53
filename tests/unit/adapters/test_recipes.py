"""A policy in terms of pixels."""

import pytest

from veil.adapters.recipes import recipe_of
from veil.domain.policy import AnonymizationMethod, ClassRule, Policy, Profile, Tiling, Zone
from veil_vision.detect.profiles import ProfileName
from veil_vision.geometry.object_classes import ObjectClass as SeenClass
from veil_vision.geometry.regions import Shape
from veil_vision.hide.styles import AnonymizationMethod as VisionMethod
from veil_vision.image.header import ImageLimits

LIMITS = ImageLimits()


def policy(**changes):
    return Policy(**{"face": ClassRule(hide=True)} | changes)


def test_a_policy_keeps_its_meaning_in_pixels():
    recipe = recipe_of(
        policy(
            method=AnonymizationMethod.PIXELATE,
            face=ClassRule(hide=True, threshold=0.4, kernel_size=0.2),
            person=ClassRule(hide=True, kernel_size=91),
            margin=0.25,
            ignore_zones=(Zone(1, 2, 3, 4),),
            tiling=Tiling(4, 2, 0.1, 20, width=800, height=400),
            quality=70,
            compress_level=9,
            debug=True,
            score=True,
            mask_scale=25,
            keep_gps=True,
        ),
        LIMITS,
    )

    face, person = recipe.targets[SeenClass.FACE], recipe.targets[SeenClass.PERSON]
    zone, grid = recipe.ignore_zones[0], recipe.grid
    assert (face.threshold, face.kernel_size, face.style.shape, face.style.margin) == (0.4, 0.2, Shape.ROUNDED, 0.25)
    assert (person.threshold, person.kernel_size, person.style.shape) == (None, 91, Shape.SEGMENT)
    assert recipe.method is VisionMethod.PIXELATE
    assert (zone.x1, zone.y1, zone.x2, zone.y2) == (1, 2, 3, 4)
    assert (grid.columns, grid.rows, grid.overlap_x, grid.overlap_y, grid.width, grid.height) == (
        4,
        2,
        0.1,
        20,
        800,
        400,
    )
    assert (recipe.quality, recipe.compress_level, recipe.mask_scale) == (70, 9, 25)
    assert (recipe.debug, recipe.scores) == (True, True)
    assert (recipe.keep.capture_time, recipe.keep.gps) == (False, True)


@pytest.mark.parametrize("gradient", [0.0, 0.3, 1.0])
def test_a_gradient_reaches_outside_and_is_sharp_only_if_asked(gradient):
    style = recipe_of(policy(face=ClassRule(hide=True, gradient_start=gradient)), LIMITS).targets[SeenClass.FACE].style

    assert (style.feather > 0) == (gradient > 0)


def test_boxes_are_hidden_instead_of_rounded_ones_if_asked():
    assert recipe_of(policy(boxes=True), LIMITS).targets[SeenClass.FACE].style.shape is Shape.BOX


@pytest.mark.parametrize("boxes", [False, True])
def test_a_plate_is_hidden_evenly_around_its_box(boxes):
    targets = recipe_of(policy(license_plate=ClassRule(hide=True), boxes=boxes), LIMITS).targets

    assert targets[SeenClass.LICENSE_PLATE].style.shape is Shape.EVEN_BOX


@pytest.mark.parametrize("name", ProfileName)
def test_the_policys_profile_is_the_recipes(name):
    assert recipe_of(policy(profile=Profile(name)), LIMITS, Profile.FAST).profile.name is name


def test_a_policy_without_a_profile_takes_the_deployments():
    assert recipe_of(policy(), LIMITS, Profile.THOROUGH).profile.name is ProfileName.THOROUGH
    assert recipe_of(policy(), LIMITS).profile.name is ProfileName.BALANCED


def test_service_and_vision_know_the_same_profiles():
    assert [each.value for each in Profile] == [each.value for each in ProfileName]

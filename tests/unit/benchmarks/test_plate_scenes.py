"""Kinds of plates made of a photo's own: the plate lies where the case says, and nothing of the old one is left."""

import cv2
import numpy as np
import pytest

from benchmarks.plate_scenes import KINDS, Kind, made

GROUND, PLATE, INK = (30, 90, 160), (220, 220, 220), (20, 20, 20)
BOX = (200, 150, 300, 174)


@pytest.fixture
def photo():
    pixels = np.full((360, 480, 3), GROUND, np.uint8)
    cv2.rectangle(pixels, BOX[:2], (BOX[2] - 1, BOX[3] - 1), PLATE, -1)
    for x in range(210, 290, 12):
        pixels[155:169, x : x + 5] = INK
    return pixels


def share_of_ground(case, *, inside):
    plate = np.zeros(case.pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(plate, np.rint(case.corners).astype(np.int32), 1)
    plate = cv2.erode(plate, np.ones((5, 5))) if inside else 1 - cv2.dilate(plate, np.ones((21, 21)))
    return (np.abs(case.pixels[plate > 0].astype(int) - GROUND).max(axis=1) < 12).mean()


@pytest.mark.parametrize("name", KINDS)
def test_the_corners_hold_the_plate_and_nothing_else(name, photo):
    case = made(photo, BOX, KINDS[name])

    assert share_of_ground(case, inside=True) < 0.02
    assert share_of_ground(case, inside=False) > 0.98


@pytest.mark.parametrize("height", [12, 16])
def test_a_plate_is_as_high_as_its_kind_asks(height, photo):
    case = made(photo, BOX, Kind(height=height))

    assert case.corners[2, 1] - case.corners[0, 1] == pytest.approx(height)


def test_a_close_up_shows_the_plate_as_wide_as_its_kind_asks(photo):
    case = made(photo, BOX, Kind(fills=0.65))

    assert case.corners[1, 0] - case.corners[0, 0] == pytest.approx(0.65 * case.pixels.shape[1])
    assert case.corners.mean(axis=0) == pytest.approx(np.array(case.pixels.shape[1::-1]) / 2)


def test_a_dark_plate_has_the_levels_of_the_light_one_swapped(photo):
    left, top, right, bottom = BOX

    plate = made(photo, BOX, Kind(dark=True)).pixels[top:bottom, left:right]

    assert plate[2, 2] == pytest.approx(INK)
    assert plate[12, 12] == pytest.approx(PLATE)


def test_the_photo_itself_stays_as_it_was(photo):
    before = photo.copy()

    made(photo, BOX, Kind(dark=True, lines=2))

    np.testing.assert_array_equal(photo, before)

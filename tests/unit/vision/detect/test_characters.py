"""Whether what was taken for a plate has characters on it."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.characters import changes, marks_in_a_row, show_characters

DOUBTFUL, SURE = 0.6, 0.9


def street(height=480, width=640):
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows % 64 + 90, columns % 64 + 90, (rows + columns) % 64 + 90], axis=-1).astype(np.uint8)


def plate(width, height, *, lines=("AB 123 C",), dark=False):
    """A drawn plate, uint8 RGB."""
    ground, ink = ((30, 40, 60), (235, 235, 210)) if dark else ((235, 235, 230), (25, 25, 30))
    pixels = np.full((height * 4, width * 4, 3), ground, np.uint8)
    for number, text in enumerate(lines):
        room = height * 4 / len(lines)
        size, _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1, 2)
        scale = min(0.9 * width * 4 / size[0], 0.6 * room / size[1])
        x, y = (width * 4 - size[0] * scale) / 2, (number + 0.5) * room + size[1] * scale / 2
        place, thick = (round(x), round(y)), max(2, round(2 * scale))
        cv2.putText(pixels, text, place, cv2.FONT_HERSHEY_DUPLEX, scale, ink, thick, cv2.LINE_AA)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def with_patch(patch, x=100, y=100, **size):
    pixels = street(**size)
    pixels[y : y + patch.shape[0], x : x + patch.shape[1]] = patch
    return pixels, (x, y, x + patch.shape[1], y + patch.shape[0])


def passes(pixels, box, score=DOUBTFUL):
    return bool(show_characters(pixels, np.array([box], np.float32), np.array([score], np.float32))[0])


@pytest.mark.parametrize("height", [10, 14, 20, 40])
@pytest.mark.parametrize("dark", [False, True])
def test_a_small_plate_of_which_the_network_is_not_sure_passes(height, dark):
    assert passes(*with_patch(plate(round(4.6 * height), height, dark=dark)))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("lines", [("AB 123 CD",), ("86-B1", "374.49")])
@pytest.mark.parametrize("width", [180, 400, 630])
def test_a_large_plate_passes_with_one_line_and_with_two(width, lines, dark):
    height = round(width / (4.6 if len(lines) == 1 else 1.45))

    assert passes(*with_patch(plate(width, height, lines=lines, dark=dark), x=5, y=5))


@pytest.mark.parametrize("blur", [2, 4])
def test_a_plate_that_fills_the_picture_passes_out_of_focus_and_in_the_dark(blur):
    pixels = cv2.GaussianBlur(plate(600, 400, lines=("86-B1", "374.49")), (0, 0), blur)

    assert passes(*with_patch((pixels * 0.25).astype(np.uint8), x=20, y=40))


@pytest.mark.parametrize("degrees", [-45, -30, 30, 45])
@pytest.mark.parametrize("width", [70, 240])
def test_a_turned_plate_passes(degrees, width):
    pixels, (left, top, right, bottom) = with_patch(plate(width, round(width / 4.6)), x=200, y=214)
    centre = ((left + right) / 2, (top + bottom) / 2)
    turn = cv2.getRotationMatrix2D(centre, degrees, 1)
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ turn.T
    turned = cv2.warpAffine(pixels, turn, (640, 480), borderMode=cv2.BORDER_REFLECT)

    assert passes(turned, (*corners.min(axis=0), *corners.max(axis=0)))


def test_a_plate_that_fills_the_picture_passes_if_blur_joins_its_marks_and_the_network_is_sure():
    pixels = cv2.GaussianBlur(plate(620, 140), (0, 0), 14)

    assert not passes(*with_patch(pixels, x=10, y=10, height=160), score=DOUBTFUL)
    assert passes(*with_patch(pixels, x=10, y=10, height=160), score=SURE)


def lamp(width, height):
    rows, columns = np.mgrid[0:height, 0:width]
    off = np.hypot((rows - height / 2) / height, (columns - width / 2) / width)
    return np.repeat((255 * np.exp(-((off / 0.3) ** 2)))[:, :, None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize("size", [(30, 16), (80, 40), (300, 200), (600, 400)])
def test_a_lamp_has_no_characters(size):
    assert not passes(*with_patch(lamp(*size), x=10, y=10))


def test_what_the_network_is_sure_of_is_not_asked_while_it_is_small():
    assert passes(*with_patch(lamp(80, 40)), score=SURE)


def test_what_fills_the_picture_is_asked_even_if_the_network_is_sure():
    assert not passes(*with_patch(lamp(600, 400), x=10, y=10), score=SURE)


def test_what_is_too_low_to_be_read_is_not_asked():
    assert passes(*with_patch(lamp(20, 7)))


def test_changes_are_counted_across_the_middle():
    stripes = np.tile(np.repeat([20, 220], 8).astype(np.uint8), (48, 6))

    assert changes(stripes) == 9
    assert changes(np.full((48, 96), 128, np.uint8)) == 0


def test_marks_count_in_a_row_of_one_height_only():
    page = np.full((48, 200), 230, np.uint8)
    for index in range(5):
        page[10:40, 10 + 30 * index : 24 + 30 * index] = 20
    page[2:14, 180:190] = 20

    assert marks_in_a_row(page) == marks_in_a_row(255 - page) == 5


corner = st.floats(-50, 700, width=32)


def test_a_box_on_the_border_of_no_width_gets_an_answer():
    assert not passes(street(), (640, 100, 640, 200))


@given(st.lists(st.tuples(corner, corner, corner, corner), max_size=4))
def test_every_box_gets_an_answer_wherever_it_lies(told):
    boxes = np.array([(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in told], np.float32).reshape(-1, 4)
    boxes = boxes.clip(0, [640, 480, 640, 480]).astype(np.float32)

    answers = show_characters(street(), boxes, np.full(len(boxes), DOUBTFUL, np.float32))

    assert answers.shape == (len(boxes),)

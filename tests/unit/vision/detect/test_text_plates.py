"""Plates by a text detector: decoding against maps drawn by hand, and real plates."""

import cv2
import numpy as np
import pytest

from veil_vision.detect.text_plates import decode
from veil_vision.detect.tiles import search
from veil_vision.geometry.boxes import intersection


def map_with(*texts, height=320, width=640):
    """A probability map with rectangles (x1, y1, x2, y2, probability)."""
    probability = np.zeros((height, width), np.float32)
    for x1, y1, x2, y2, value in texts:
        probability[y1:y2, x1:x2] = value
    return probability


def test_a_core_grows_back_by_twice_its_area_over_its_perimeter():
    boxes, scores = decode(map_with((100, 50, 200, 70, 0.9)), 0.3)

    offset = 2.0 * 100 * 20 / (2 * (100 + 20))
    assert np.allclose(boxes, [[100 - offset, 50 - offset, 200 + offset, 70 + offset]], atol=0.01)
    assert scores == pytest.approx([0.9])


def test_the_score_is_the_mean_probability_of_the_core():
    _, scores = decode(map_with((100, 50, 150, 70, 0.9), (150, 50, 200, 70, 0.5)), 0.3)

    assert scores == pytest.approx([0.7], abs=1e-3)


@pytest.mark.parametrize(
    "text",
    [(100, 50, 200, 52, 0.9), (100, 50, 200, 70, 0.25), (100, 50, 200, 70, 0.1), (100, 50, 180, 130, 0.9)],
    ids=["too thin", "too unsure", "no text", "as large as a car and not of a plate's shape"],
)
def test_what_cannot_be_a_text_is_left_out(text):
    boxes, scores = decode(map_with(text), 0.3)

    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


def test_a_large_text_of_a_plates_shape_counts():
    boxes, _ = decode(map_with((100, 100, 500, 180, 0.9)), 0.3)

    assert len(boxes) == 1


def test_a_slanted_text_is_enclosed_upright():
    probability = map_with()
    cv2.fillPoly(probability, [np.array([[100, 100], [200, 140], [194, 155], [94, 115]])], 0.9)

    boxes, _ = decode(probability, 0.3)

    assert (boxes[0, :2] < [94, 100]).all()
    assert (boxes[0, 2:] > [200, 155]).all()


def test_plates_are_covered_to_their_rim(plate_detector, shared_media):
    photo = cv2.imread(str(shared_media / "plates" / "train" / "0003.jpg"))[:, :, ::-1].copy()
    plate = np.array([[395.0, 450.7, 535.9, 486.5]], np.float32)

    found = search(plate_detector, photo, threshold=plate_detector.default_threshold)

    assert intersection(found.boxes, plate).max() >= 0.9 * (535.9 - 395.0) * (486.5 - 450.7)


def test_an_empty_picture_shows_no_plate(plate_detector):
    found = plate_detector.detect(np.full((200, 300, 3), 127, np.uint8), threshold=0.3, long_side=640)

    assert len(found) == 0

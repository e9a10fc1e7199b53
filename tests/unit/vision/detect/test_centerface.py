"""CenterFace: decoding against the definition, and a real face."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veil_vision.detect.centerface import decode
from veil_vision.geometry.object_classes import ObjectClass

FACE = np.array([[175, 53, 275, 180]], np.float32)


def decode_cell_by_cell(outputs, threshold):
    """The definition, one cell after the other."""
    score, sides, offset = outputs["537"][0, 0], outputs["538"][0], outputs["539"][0]
    found = []
    for y in range(score.shape[0]):
        for x in range(score.shape[1]):
            if score[y, x] < threshold:
                continue
            height, width = 4 * math.exp(sides[0, y, x]), 4 * math.exp(sides[1, y, x])
            left = (x + offset[1, y, x] + 0.5) * 4 - width / 2
            top = (y + offset[0, y, x] + 0.5) * 4 - height / 2
            found.append((left, top, left + width, top + height, score[y, x]))
    return np.array(found, np.float64).reshape(-1, 5)


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 12), columns=st.integers(1, 12))
@settings(max_examples=50)
def test_decoding_all_cells_at_once_equals_decoding_cell_by_cell(seed, rows, columns):
    rng = np.random.default_rng(seed)
    outputs = {
        "537": rng.random((1, 1, rows, columns), dtype=np.float32),
        "538": rng.normal(0, 1, (1, 2, rows, columns)).astype(np.float32),
        "539": rng.normal(0, 1, (1, 2, rows, columns)).astype(np.float32),
    }

    boxes, scores = decode(outputs, 0.5)

    expected = decode_cell_by_cell(outputs, 0.5)
    assert boxes.dtype == scores.dtype == np.float32
    assert np.allclose(boxes, expected[:, :4], rtol=1e-4, atol=1e-3)
    assert np.array_equal(scores, expected[:, 4].astype(np.float32))


def test_the_face_of_a_portrait_is_found_once_and_named(face_detector, astronaut):
    found = face_detector.detect(astronaut, threshold=0.30, long_side=960)

    assert found.classes == (ObjectClass.FACE,)
    assert np.abs(found.boxes - FACE).max() < 12
    assert found.scores[0] > 0.8


@pytest.mark.parametrize("long_side", [480, 640, 960, 1280])
def test_boxes_are_in_pixels_of_the_given_picture_whatever_the_size_searched(face_detector, astronaut, long_side):
    found = face_detector.detect(astronaut, threshold=0.30, long_side=long_side)

    assert np.abs(found.boxes - FACE).max() < 12


def test_a_face_cut_by_the_border_gives_a_box_inside_the_picture(face_detector, astronaut):
    half = astronaut[:, 225:]

    found = face_detector.detect(half, threshold=0.30, long_side=960)

    assert len(found) == 1
    assert found.boxes[0, 0] == 0
    assert np.abs(found.boxes[0, 1:] - [53, 50, 180]).max() < 15


def test_a_picture_without_faces_gives_nothing(face_detector):
    found = face_detector.detect(np.full((90, 500, 3), 127, np.uint8), threshold=0.30, long_side=960)

    assert len(found) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (31, 33)])
def test_odd_shapes_are_no_reason_to_fail(face_detector, shape):
    found = face_detector.detect(np.zeros((*shape, 3), np.uint8), threshold=0.30, long_side=640)

    assert (found.boxes <= [shape[1], shape[0], shape[1], shape[0]]).all()

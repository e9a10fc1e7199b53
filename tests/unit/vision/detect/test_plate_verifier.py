"""What the plate network suspects is looked at closely: how crops are cut, and what that look tells."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.plate_verifier import MOST_IN_A_RUN, PADDING, SIDE, PlateVerifier, Square, crop
from veil_vision.geometry.boxes import iou
from veil_vision.models.catalogue import ModelFolder, verifier_catalogue
from veil_vision.models.sessions import open_session

EDGE = 3
"""Pixels of a crop by which a corner may be off: crops begin and end at whole pixels of the picture."""


ELSEWHERE = np.array([[100, 20, 160, 35], [450, 30, 560, 60], [430, 500, 530, 520]], np.float32)
"""Places without a plate in nearly all of the photos."""


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    (card,) = verifier_catalogue()
    return PlateVerifier(card, open_session(ModelFolder(tmp_path_factory.mktemp("none")).read(card)))


@pytest.fixture(scope="module")
def street(shared_media):
    """A photo that was kept back from training, and its marked plates."""
    pixels = cv2.imread(str(shared_media / "plates" / "valid" / "0500.jpg"))
    rows = np.genfromtxt(shared_media / "plates" / "boxes.csv", delimiter=",", dtype=str, skip_header=1)
    boxes = np.array([row[3:] for row in rows if row[0] == "valid/0500.jpg"], np.float32)
    return np.ascontiguousarray(pixels[:, :, ::-1]), boxes


@given(
    left=st.integers(40, 400), top=st.integers(40, 400), width=st.integers(40, 160), flat=st.sampled_from([1, 2, 3, 5])
)
def test_the_box_lies_in_the_middle_and_its_longer_side_takes_half(left, top, width, flat):
    pixels = np.zeros((700, 700, 3), np.uint8)
    height = width // flat
    pixels[top : top + height, left : left + width] = 255

    seen = crop(pixels, Square.around(np.array([left, top, left + width, top + height], np.float32)))

    rows, columns = np.nonzero(seen[:, :, 0] > 127)
    assert seen.shape == (SIDE, SIDE, 3)
    assert abs(columns.min() - SIDE / 4) <= EDGE
    assert abs(columns.max() - SIDE * 3 / 4) <= EDGE
    assert abs(np.median(rows) - SIDE / 2) <= EDGE


@pytest.mark.parametrize("box", [(0, 0, 40, 10), (60, 90, 100, 100), (0, 0, 100, 100), (99.2, 99.2, 100, 100)])
def test_what_lies_beyond_the_picture_is_grey(box):
    pixels = np.full((100, 100, 3), 255, np.uint8)

    seen = crop(pixels, Square.around(np.array(box, np.float32)))

    assert seen.shape == (SIDE, SIDE, 3)
    assert (seen[SIDE // 2 - 2, SIDE // 2 - 2] == 255).all()
    assert (seen[[0, -1], [0, -1]] == PADDING).any()


def test_plates_score_higher_than_the_road_and_the_sky(verifier, shared_media):
    folder, surely, hardly = shared_media / "plates", [], []
    rows = np.genfromtxt(folder / "boxes.csv", delimiter=",", dtype=str, skip_header=1)
    for name in sorted({row[0] for row in rows if int(row[0][-8:-4]) >= 495}):
        pixels = np.ascontiguousarray(cv2.imread(str(folder / name))[:, :, ::-1])
        surely += verifier.judge(pixels, np.array([row[3:] for row in rows if row[0] == name], np.float32))[0].tolist()
        hardly += verifier.judge(pixels, ELSEWHERE)[0].tolist()

    assert len(surely) > 40
    assert np.percentile(surely, 5) > np.percentile(hardly, 95) + 0.2


def test_the_box_of_a_plate_is_seen_in_pixels_of_the_picture_however_it_was_suspected(verifier, street):
    pixels, plates = street
    width, height = (plates[:, 2:] - plates[:, :2]).T
    moved = plates + np.stack([0.1 * width, -0.2 * height, 0.1 * width, 0.3 * height], axis=1)

    _, seen = verifier.judge(pixels, moved)

    assert (np.diagonal(iou(seen, plates)) > 0.6).all()


def test_a_score_does_not_depend_on_what_is_seen_in_the_same_run(verifier, street):
    pixels, plates = street
    many = np.concatenate([plates, np.tile([[100, 20, 160, 35]], (MOST_IN_A_RUN + 3, 1)), plates]).astype(np.float32)

    for told, alone in zip(verifier.judge(pixels, many), verifier.judge(pixels, plates), strict=True):
        np.testing.assert_allclose(told[: len(plates)], alone, atol=1e-3)
        np.testing.assert_allclose(told[-len(plates) :], alone, atol=1e-3)


def test_nothing_to_look_at_is_no_run(verifier):
    scores, boxes = verifier.judge(np.zeros((10, 10, 3), np.uint8), np.empty((0, 4), np.float32))

    assert (scores.shape, boxes.shape) == ((0,), (0, 4))

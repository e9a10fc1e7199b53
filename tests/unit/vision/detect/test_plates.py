"""Veil's plate network: decoding against the definition, and plates on photos it was not trained on."""

import csv
from itertools import islice, product

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.plate_scenes import KINDS, made, marked_plates
from tests.drawn_plates import drawn_plate
from veil_vision.detect.again import checkers_for
from veil_vision.detect.plates import MOST_VERIFIED, decode, grown_to, together, with_rim
from veil_vision.detect.profiles import ProfileName, profiles
from veil_vision.detect.tiles import search
from veil_vision.geometry.boxes import grow
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.styles import AnonymizationMethod


def decode_cell_by_cell(outputs, threshold):
    """The definition, one cell after the other."""
    score, edges = outputs["score"][0, 0], outputs["edges"][0]
    found = []
    for y in range(score.shape[0]):
        for x in range(score.shape[1]):
            if score[y, x] >= threshold:
                left, top, right, bottom = edges[:, y, x].astype(np.float64)
                across, down = (x + 0.5) * 8, (y + 0.5) * 8
                found.append((across - left, down - top, across + right, down + bottom, score[y, x]))
    return np.array(found, np.float64).reshape(-1, 5)


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 12), columns=st.integers(1, 12))
@settings(max_examples=50)
def test_decoding_all_cells_at_once_equals_decoding_cell_by_cell(seed, rows, columns):
    rng = np.random.default_rng(seed)
    outputs = {
        "score": rng.random((1, 1, rows, columns), dtype=np.float32),
        "edges": np.exp(rng.normal(2, 1, (1, 4, rows, columns))).astype(np.float32),
    }

    boxes, scores = decode(outputs, 0.5)

    expected = decode_cell_by_cell(outputs, 0.5)
    np.testing.assert_allclose(boxes, expected[:, :4], rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(scores, expected[:, 4].astype(np.float32))


def test_a_rim_of_an_eighth_of_the_height_is_added_on_every_side():
    (box,) = with_rim(np.array([[100, 50, 200, 70]], np.float32))

    np.testing.assert_allclose(box, [97.5, 47.5, 202.5, 72.5])


def test_what_takes_much_of_a_view_must_be_surer():
    both = np.full(2, 0.56, np.float32)

    scores = together(both, both, np.array([False, True]))

    assert scores[1] < 0.5 < scores[0]


def test_what_takes_much_of_a_view_is_not_doubted_where_the_first_network_is_sure():
    """As it is of a motorcycle's plate with two lines, seen from near, which the verifier takes for half of one."""
    first, verifier = np.full(2, 0.75, np.float32), np.full(2, 0.45, np.float32)

    scores = together(first, verifier, np.array([False, True]))

    assert scores[0] == scores[1] > 0.545


@pytest.mark.parametrize(
    ("seen", "grown"),
    [
        ([90, 45, 205, 72], [90, 45, 205, 72]),
        ([110, 55, 190, 65], [100, 50, 200, 70]),  # What was suspected stays hidden.
        ([0, 0, 400, 400], [90, 40, 210, 80]),  # A slip makes no fog.
    ],
)
def test_a_box_grows_to_the_edges_that_the_verifier_sees_by_half_of_its_height_at_most(seen, grown):
    boxes, seen = (np.array([each], np.float32) for each in ([100, 50, 200, 70], seen))

    np.testing.assert_array_equal(grown_to(boxes, seen), [grown])


def test_of_more_plates_than_are_looked_at_closely_the_others_count_as_the_first_network_scores_them(
    own_plate_detector,
):
    lot = Image.new("RGB", (1280, 960), (110, 112, 115))
    for x, y in product(range(20, 1160, 160), range(20, 930, 60)):
        lot.paste(drawn_plate(), (x, y))
    suspected = own_plate_detector.suspected(np.asarray(lot), threshold=0.5, long_side=1280)
    others = suspected.boxes[MOST_VERIFIED:]

    found = own_plate_detector.detect(np.asarray(lot), threshold=0.5, long_side=1280)

    assert len(others) > 10
    assert {tuple(box) for box in others.tolist()} <= {tuple(box) for box in found.boxes.tolist()}


@pytest.mark.parametrize(("every", "at_least"), [(6, 8), pytest.param(1, 40, marks=pytest.mark.slow)])
def test_plates_of_rides_that_were_kept_back_from_training_are_covered(
    own_plate_detector, shared_media, every, at_least
):
    folder, covered = shared_media / "plates", []
    with (folder / "boxes.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row["file"][-8:-4]) >= 495]

    for row in rows[::every]:
        pixels = np.ascontiguousarray(cv2.imread(str(folder / row["file"]))[:, :, ::-1])
        found = search(own_plate_detector, pixels, threshold=own_plate_detector.default_threshold)
        x1, y1, x2, y2 = (float(row[key]) for key in ("x1", "y1", "x2", "y2"))
        hidden = grow(found.boxes, 0.1)
        low, high = np.maximum(hidden[:, :2], [x1, y1]), np.minimum(hidden[:, 2:], [x2, y2])
        covered.append(max((high - low).clip(0).prod(axis=1), default=0) >= 0.9 * (x2 - x1) * (y2 - y1))

    assert len(covered) >= at_least
    assert np.mean(covered) >= 0.95


@pytest.mark.usefixtures("shared_media")
@pytest.mark.parametrize("number", [12, 48, 90])
def test_a_plate_with_two_lines_that_takes_a_third_of_the_width_is_covered(number, own_plate_detector):
    pixels, box = next(islice(marked_plates(), number, None))
    case = made(pixels, box, KINDS["two lines, a third of the width"])

    found = search(own_plate_detector, case.pixels, threshold=own_plate_detector.default_threshold)

    low, high = case.corners.min(axis=0), case.corners.max(axis=0)
    hidden = grow(found.boxes, 0.1)
    shared = np.minimum(hidden[:, 2:], high) - np.maximum(hidden[:, :2], low)
    assert shared.clip(0).prod(axis=1).max(initial=0) >= 0.9 * (high - low).prod()


@pytest.mark.parametrize("name", ProfileName)
def test_every_profile_prefers_it_to_the_text_detector(name, own_plate_detector, plate_detector):
    first, *others = profiles()[name].looking([plate_detector, own_plate_detector], ObjectClass.LICENSE_PLATE)

    assert first is own_plate_detector
    assert others == ([plate_detector] if name is ProfileName.THOROUGH else [])


@pytest.mark.parametrize("name", ProfileName)
def test_the_text_detector_looks_again_since_finding_a_blurred_plate_again_proves_nothing(
    name, own_plate_detector, plate_detector
):
    target = Target(threshold=None, style=RegionStyle(), kernel_size=0.3)
    recipe = Recipe(
        targets={ObjectClass.LICENSE_PLATE: target}, method=AnonymizationMethod.BLUR, profile=profiles()[name]
    )

    assert own_plate_detector.second_look is None
    assert checkers_for(recipe, [own_plate_detector, plate_detector]) == [plate_detector]

"""NanoDet: decoding against the definition, and real persons and vehicles."""

import math

import cv2
import numpy as np
import pytest

from veil_vision.detect.nanodet import KINDS, STRIDES, decode
from veil_vision.geometry.boxes import iou
from veil_vision.geometry.object_classes import ObjectClass

BINS = 8
VEHICLES = (2, 3, 5, 7)


def outputs_for(width, height):
    rng = np.random.default_rng(width)
    shapes = {stride: (1, KINDS + 4 * BINS, -(-height // stride), -(-width // stride)) for stride in STRIDES}
    return {f"head_{stride}": rng.normal(-2, 2, shape).astype(np.float32) for stride, shape in shapes.items()}


def mean(logits):
    weights = [math.exp(each) for each in logits]
    return sum(number * weight for number, weight in enumerate(weights)) / sum(weights)


def decode_cell_by_cell(outputs, threshold):
    """The definition, one cell after the other: rows of x1, y1, x2, y2, person, vehicle."""
    found = []
    for stride in STRIDES:
        _, _, rows, columns = outputs[f"head_{stride}"].shape
        for y in range(rows):
            for x in range(columns):
                cell = outputs[f"head_{stride}"][0, :, y, x].tolist()
                likely = [1 / (1 + math.exp(-each)) for each in cell[:KINDS]]
                person, vehicle = likely[0], max(likely[kind] for kind in VEHICLES)
                if max(person, vehicle) >= threshold:
                    left, top, right, bottom = (
                        stride * mean(cell[start : start + BINS]) for start in range(KINDS, KINDS + 4 * BINS, BINS)
                    )
                    corner_x, corner_y = x * stride, y * stride
                    box = (corner_x - left, corner_y - top, corner_x + right, corner_y + bottom)
                    found.append((*box, person, vehicle))
    return np.array(found)


@pytest.mark.parametrize(("width", "height"), [(32, 32), (96, 64), (64, 160)])
def test_decoding_all_cells_at_once_equals_decoding_cell_by_cell(width, height):
    outputs = outputs_for(width, height)

    boxes, scores = decode(outputs, 0.5)

    expected = decode_cell_by_cell(outputs, 0.5)
    assert np.allclose(boxes, expected[:, :4], rtol=1e-4, atol=1e-3)
    assert np.allclose(scores[ObjectClass.PERSON], expected[:, 4], atol=1e-6)
    assert np.allclose(scores[ObjectClass.VEHICLE], expected[:, 5], atol=1e-6)


def test_where_nothing_counts_there_is_nothing():
    boxes, scores = decode(outputs_for(32, 32), 1.0)

    assert boxes.shape == (0, 4)
    assert {each: len(scores[each]) for each in scores} == {ObjectClass.PERSON: 0, ObjectClass.VEHICLE: 0}


def test_it_works_without_any_file_but_veils_own(built_in_detector, astronaut):
    found = built_in_detector.detect(astronaut, threshold=0.5, long_side=640)

    assert set(found.classes) == {ObjectClass.PERSON}
    assert iou(found.boxes, np.array([(16, 0, 465, 512)], np.float32)).max() > 0.7


@pytest.mark.parametrize(
    ("name", "object_class", "box"),
    [
        ("intel_person_f522.jpg", ObjectClass.PERSON, (392, 3, 563, 396)),
        ("intel_car_f329.jpg", ObjectClass.VEHICLE, (140, 8, 308, 280)),
    ],
)
def test_a_person_and_a_vehicle_are_found(built_in_detector, shared_media, name, object_class, box):
    photo = cv2.imread(str(shared_media / "photos" / name))[:, :, ::-1].copy()

    found = built_in_detector.detect(photo, threshold=0.3, long_side=416)

    best = iou(found.boxes, np.array([box], np.float32))[:, 0].argmax()
    assert iou(found.boxes[[best]], np.array([box], np.float32))[0, 0] > 0.8
    assert found.classes[best] is object_class
    assert (np.diff(found.scores) <= 0).all()

"""YOLOX: decoding against the definition, and real persons and vehicles."""

import math

import cv2
import numpy as np
import pytest

from veil_vision.detect.yolox import STRIDES, decode
from veil_vision.geometry.boxes import iou
from veil_vision.geometry.object_classes import ObjectClass


def decode_cell_by_cell(output, width, height):
    """The definition, one cell after the other."""
    found, row = [], 0
    for stride in STRIDES:
        for y in range(height // stride):
            for x in range(width // stride):
                dx, dy, log_width, log_height, there, *likely = output[row].tolist()
                centre_x, centre_y = (x + dx) * stride, (y + dy) * stride
                half_x, half_y = math.exp(log_width) * stride / 2, math.exp(log_height) * stride / 2
                box = (centre_x - half_x, centre_y - half_y, centre_x + half_x, centre_y + half_y)
                found.append((*box, *(there * each for each in likely)))
                row += 1
    return np.array(found)


@pytest.mark.parametrize(("width", "height"), [(32, 32), (96, 64), (64, 160), (640, 448)])
def test_decoding_all_cells_at_once_equals_decoding_cell_by_cell(width, height):
    rng = np.random.default_rng(width)
    cells = sum((width // stride) * (height // stride) for stride in STRIDES)
    output = rng.uniform(0, 1, (cells, 85)).astype(np.float32)

    boxes, scores = decode(output, width=width)

    expected = decode_cell_by_cell(output, width, height)
    assert np.allclose(boxes, expected[:, :4], rtol=1e-4, atol=1e-3)
    assert np.allclose(scores, expected[:, 4:], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "object_class", "box"),
    [
        ("intel_person_f522.jpg", ObjectClass.PERSON, (392, 3, 563, 396)),
        ("robert_nightride_type3_001_t259.jpg", ObjectClass.VEHICLE, (380, 108, 942, 600)),
    ],
)
def test_a_person_and_a_vehicle_are_found(street_detector, shared_media, name, object_class, box):
    photo = cv2.imread(str(shared_media / "photos" / name))[:, :, ::-1].copy()

    found = street_detector.detect(photo, threshold=0.3, long_side=640)

    best = iou(found.boxes, np.array([box], np.float32))[:, 0].argmax()
    assert iou(found.boxes[[best]], np.array([box], np.float32))[0, 0] > 0.8
    assert found.classes[best] is object_class
    assert (np.diff(found.scores) <= 0).all()

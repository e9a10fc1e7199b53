"""YuNet: decoding against the definition, and a real face."""

import math

import numpy as np
import pytest

from veil_vision.detect.families import open_detector
from veil_vision.detect.yunet import STRIDES, decode
from veil_vision.models.catalogue import ModelFolder, catalogue


@pytest.fixture(scope="module")
def yunet(tmp_path_factory):
    card = next(card for card in catalogue() if card.name == "yunet")
    return open_detector(card, ModelFolder(tmp_path_factory.mktemp("no models")), threads=2)


def random_outputs(rng, width, height):
    outputs = {}
    for stride in STRIDES:
        cells = (width // stride) * (height // stride)
        outputs[f"cls_{stride}"] = rng.normal(0.5, 0.5, (1, cells, 1)).astype(np.float32)
        outputs[f"obj_{stride}"] = rng.normal(0.5, 0.5, (1, cells, 1)).astype(np.float32)
        outputs[f"bbox_{stride}"] = rng.normal(0, 1, (1, cells, 4)).astype(np.float32)
    return outputs


def decode_cell_by_cell(outputs, threshold, width):
    """The definition, one cell after the other."""
    found = []
    for stride in STRIDES:
        likely, there, shape = (outputs[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox"))
        for cell in range(len(likely)):
            score = math.sqrt(min(max(likely[cell, 0], 0), 1) * min(max(there[cell, 0], 0), 1))
            if score < threshold:
                continue
            row, column = divmod(cell, width // stride)
            x, y = (column + shape[cell, 0]) * stride, (row + shape[cell, 1]) * stride
            half_width, half_height = math.exp(shape[cell, 2]) * stride / 2, math.exp(shape[cell, 3]) * stride / 2
            found.append((x - half_width, y - half_height, x + half_width, y + half_height, score))
    return np.array(found)


@pytest.mark.parametrize(("width", "height"), [(32, 32), (96, 64), (64, 160)])
def test_decoding_all_cells_at_once_equals_decoding_cell_by_cell(width, height):
    outputs = random_outputs(np.random.default_rng(width), width, height)

    boxes, scores = decode(outputs, 0.6, width=width)

    expected = decode_cell_by_cell(outputs, 0.6, width)
    assert np.allclose(boxes, expected[:, :4], rtol=1e-4, atol=1e-3)
    assert np.allclose(scores, expected[:, 4], atol=1e-6)


@pytest.mark.parametrize("long_side", [640, 960])
def test_the_face_of_a_portrait_is_found_once(yunet, astronaut, long_side):
    found = yunet.detect(astronaut, threshold=yunet.default_threshold, long_side=long_side)

    assert len(found) == 1
    assert np.abs(found.boxes - [[175, 53, 275, 180]]).max() < 20


def test_the_faces_of_a_group_are_found_as_centerface_finds_them(yunet, face_detector, shared_media):
    import cv2

    photo = cv2.cvtColor(cv2.imread(str(shared_media / "photos" / "egoblur_face.png")), cv2.COLOR_BGR2RGB)

    found = yunet.detect(photo, threshold=0.6, long_side=960)

    expected = face_detector.detect(photo, threshold=0.3, long_side=960)
    assert len(found) == len(expected) == 2
    assert np.abs(found.boxes[found.boxes[:, 0].argsort()] - expected.boxes[expected.boxes[:, 0].argsort()]).max() < 50

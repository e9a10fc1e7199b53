"""A face in a person, a plate on a vehicle: both are listed, and what they share is hidden and has both bits."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from veil.adapters.vision import VisionAnonymizer
from veil.domain.media import Artifact
from veil.domain.policy import ClassRule, Policy
from veil.ports.anonymizer import IgnoredProgress
from veil.use_cases.file_sink import FileSink

BITS = {"face": 32, "license_plate": 64, "person": 128, "vehicle": 16}


@pytest.fixture
def anonymize(tmp_path):
    """Hides classes in a picture: detections by class, and the class bits of the instance mask."""

    def run(pixels, detectors, *classes):
        Image.fromarray(pixels).save(tmp_path / "7.png")
        policy = Policy(**dict.fromkeys(classes, ClassRule(hide=True)))
        sink = FileSink(tmp_path)
        VisionAnonymizer(detectors).anonymize(tmp_path / "7.png", sink, policy, IgnoredProgress())
        found = json.loads(sink.files[Artifact.METADATA].read_bytes())["detections"]
        assert all(each["is_anonymized"] for each in found)
        mask = np.array(Image.open(sink.files[Artifact.INSTANCE_MASK]))
        return {kind: [each["bbox"] for each in found if each["type_label"] == kind] for kind in classes}, mask[..., 2]

    return run


def middle(box):
    """Rows and columns of a quarter of a box around its middle."""
    left, top, right, bottom = box
    high, wide = (bottom - top) // 4, (right - left) // 4
    return slice(top + high, bottom - high), slice(left + wide, right - wide)


def test_a_face_in_a_person(anonymize, face_detector, built_in_detector, astronaut):
    found, bits = anonymize(astronaut, [face_detector, built_in_detector], "face", "person")

    (face,) = found["face"]
    assert found["person"]
    assert set(np.unique(bits)) == {0, BITS["person"], BITS["person"] | BITS["face"]}
    assert (bits[middle(face)] == BITS["person"] | BITS["face"]).all()


def test_a_plate_on_a_hidden_vehicle_is_told_of_as_well(anonymize, plate_detector, built_in_detector, shared_media):
    photo = cv2.imread(str(shared_media / "photos" / "robert_dayride_type1_003_t50.jpg"))[:, :, ::-1].copy()

    found, bits = anonymize(photo, [plate_detector, built_in_detector], "license_plate", "vehicle")

    both = BITS["license_plate"] | BITS["vehicle"]
    assert len(found["vehicle"]) >= 4
    assert sum((bits[middle(plate)] == both).all() for plate in found["license_plate"]) >= 3
    assert set(np.unique(bits)) == {0, BITS["vehicle"], both}

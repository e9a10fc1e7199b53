from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass

FACE = Detections.of([[0, 0, 1, 1]], object_class=ObjectClass.FACE)
PLATE = Detections.of([[0, 0, 1, 1]], object_class=ObjectClass.LICENSE_PLATE)


def test_each_detection_is_told_which_others_are_of_its_class():
    assert Detections.concat([FACE, PLATE]).of_one_class(FACE).tolist() == [[True], [False]]


def test_of_none_none_is_told():
    assert FACE.of_one_class(Detections.of([])).shape == (1, 0)

"""The metadata document, as contracts/celantur.md C.8 has it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from veil.adapters.metadata_document import metadata_document
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, Zone, regions_of
from veil_vision.hide.masks import instance_mask
from veil_vision.pipelines.image import Anonymized
from veil_vision.track.findings import findings_of_photo

BOXES = [[10.4, 20.6, 30.2, 50.9], [60, 20, 80, 50], [100, 20, 120, 50]]
ZONE = Zone(55, 0, 90, 100)


@pytest.fixture
def result():
    """Three faces, of which the second lies in an ignore zone."""
    seen = Detections.of(BOXES, [0.9993754, 0.5, 0.25])
    style = {ObjectClass.FACE: RegionStyle(shape=Shape.BOX, margin=0.0)}
    each = [seen.select(np.array([index])) for index in range(3)]
    found = [regions_of(one, style, width=200, height=100, ignore_zones=[ZONE]) for one in each]
    return Anonymized(
        picture=b"picture",
        binary_mask=None,
        instance_mask=None,
        detections=seen,
        regions=tuple(one[0] if one else None for one in found),
        findings=findings_of_photo(seen, size=(200, 100), source="5f", looked_for=["face"], margin=0.1),
        width=200,
        height=100,
        seconds={"decode": 0.25, "detect": 0.5},
        report={},
    )


def test_a_detection_is_told_as_the_contract_has_it(result):
    document = metadata_document(result, "7.jpeg")

    first = document["detections"][0]
    assert first == {
        "id": 0,
        "parent_image": "7.jpeg",
        "offset": [10, 21],
        "bbox": [10, 21, 30, 51],
        "type": 103,
        "type_label": "face",
        "score": pytest.approx(0.999375, abs=1e-6),
        "is_anonymised": True,
        "is_anonymized": True,
        "color": [0, 1, 32],
    }


def test_the_picture_is_told_by_name_size_and_time_spent(result):
    document = metadata_document(result, "7.jpeg")

    assert {key: document[key] for key in ("id", "filename", "folder", "size", "duration")} == {
        "id": "7.jpeg",
        "filename": "7.jpeg",
        "folder": None,
        "size": [200, 100],
        "duration": 0.75,
    }


def test_what_an_ignore_zone_left_visible_is_listed_and_not_called_hidden(result):
    spared = metadata_document(result, "7.jpeg")["detections"][1]

    assert (spared["is_anonymised"], spared["is_anonymized"], spared["color"]) == (False, False, None)


def test_colours_are_those_of_the_instance_mask(result):
    detections = metadata_document(result, "7.jpeg")["detections"]

    regions = [region for region in result.regions if region is not None]
    mask = instance_mask(regions, width=200, height=100, scale=100)
    assert [mask[35, 20].tolist(), mask[35, 110].tolist()] == [detections[0]["color"], detections[2]["color"]]


def test_masks_alone_hide_nothing(result):
    detections = metadata_document(replace(result, picture=None), "7.jpeg")["detections"]

    assert not any(each["is_anonymized"] for each in detections)


def test_the_document_can_be_written_as_json(result):
    assert json.loads(json.dumps(metadata_document(result, "7.jpeg")))["detections"][2]["id"] == 2


def test_an_object_across_the_seam_of_a_panorama_has_an_entry_for_either_side_in_one_color(result):
    seen = Detections.of([[190, 20, 230, 50], [-10, 20, 30, 50]], [0.8, 0.8])
    regions = regions_of(seen, {ObjectClass.FACE: RegionStyle()}, width=200, height=100)

    told = metadata_document(replace(result, detections=seen, regions=regions), "7.jpeg")["detections"]

    assert [each["bbox"] for each in told] == [[190, 20, 200, 50], [0, 20, 30, 50]]
    assert [each["color"] for each in told] == [[0, 1, 32], [0, 1, 32]]

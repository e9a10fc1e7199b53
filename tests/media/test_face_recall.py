"""Recall on real photos: the search loses nothing that the detector alone would find."""

import csv

import cv2
import numpy as np
import pytest

from veil_vision.detect.tiles import search
from veil_vision.geometry.boxes import iou

THRESHOLD = 0.30

# What the network finds where it is known to differ from what people counted.
KNOWN = {
    "deface_city.jpg": (21, 24),  # 21 is a person's estimate for the crowd
    "egoblur_lp.png": (0, 1),  # a false one on a distant car
    "parkpow_demo.jpg": (0, 1),  # a false one in a car's window
}


def read(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def coco(shared_media):
    return [read(path) for path in sorted((shared_media / "coco128" / "images").iterdir())]


def lost_by_search(detector, photos, *, enlarged):
    """How many faces found in the photos the search misses in the enlarged photos, and of how many."""
    lost = total = 0
    for photo in photos:
        alone = detector.detect(photo, threshold=THRESHOLD, long_side=960)
        if not len(alone):
            continue
        large = cv2.resize(photo, None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_CUBIC)
        found = search(detector, large, threshold=THRESHOLD)
        matches = iou(alone.boxes, (found.boxes / enlarged).astype(np.float32)).max(axis=1, initial=0)
        lost, total = lost + int((matches < 0.5).sum()), total + len(alone)
    return lost, total


@pytest.fixture(scope="module")
def found_and_visible(face_detector, shared_media):
    """Per photo: how many faces the search finds, and how many people counted."""
    with (shared_media / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("photos/")]
    return {
        row["file"].removeprefix("photos/"): (
            len(search(face_detector, read(shared_media / row["file"]), threshold=THRESHOLD)),
            int(row["faces_visible"]),
        )
        for row in rows
    }


def test_every_face_that_people_counted_is_found_and_hardly_any_other(found_and_visible):
    allowed = {name: KNOWN.get(name, (visible, visible)) for name, (_, visible) in found_and_visible.items()}

    wrong = {
        name: found
        for name, (found, _) in found_and_visible.items()
        if not allowed[name][0] <= found <= allowed[name][1]
    }

    assert wrong == {}


def test_no_face_is_lost_that_the_detector_alone_finds_in_the_photos_of_coco(face_detector, coco):
    lost, total = lost_by_search(face_detector, coco[::3], enlarged=1)

    assert total > 40
    assert lost == 0


def test_no_face_is_lost_when_the_same_photos_are_large_enough_for_tiles(face_detector, coco):
    lost, total = lost_by_search(face_detector, coco[::12], enlarged=3)

    assert total > 5
    assert lost == 0


def test_a_crowd_in_eleven_megapixels_is_found_as_in_half_a_megapixel(face_detector, shared_media):
    crowd = read(shared_media / "photos" / "deface_city.jpg")

    lost, total = lost_by_search(face_detector, [crowd], enlarged=5)

    assert total >= 21
    assert lost <= 1  # one score lies at the threshold

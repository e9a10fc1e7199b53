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
    return sorted((shared_media / "coco128" / "images").iterdir())


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


# A crowd, part of a face, faces from 20 to 700 pixels, a photo large enough for tiles, and two with no face.
TELLING = (
    "agf_obama3.jpg",
    "agf_obama_partial_face.jpg",
    "deface_city.jpg",
    "egoblur_gen1video_f060.jpg",
    "parkpow_demo.jpg",
    "robert_dayride_type1_001_t374.jpg",
    "uai_coco01.jpg",
)


@pytest.mark.parametrize("photos", [TELLING, pytest.param(None, marks=pytest.mark.slow)], ids=["telling", "all"])
def test_every_face_that_people_counted_is_found_and_hardly_any_other(face_detector, shared_media, photos):
    with (shared_media / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["file"].removeprefix("photos/"): row for row in csv.DictReader(file) if "photos/" in row["file"]}

    wrong = {}
    for name in photos or rows:
        visible = int(rows[name]["faces_visible"])
        least, most = KNOWN.get(name, (visible, visible))
        found = len(search(face_detector, read(shared_media / "photos" / name), threshold=THRESHOLD))
        if not least <= found <= most:
            wrong[name] = found

    assert wrong == {}


@pytest.mark.parametrize(("every", "at_least"), [(12, 5), pytest.param(1, 300, marks=pytest.mark.slow)])
def test_no_face_is_lost_that_the_detector_alone_finds_in_the_photos_of_coco(face_detector, coco, every, at_least):
    lost, total = lost_by_search(face_detector, map(read, coco[::every]), enlarged=1)

    assert total > at_least
    assert lost == 0


@pytest.mark.parametrize(("every", "at_least"), [(24, 5), pytest.param(12, 7, marks=pytest.mark.slow)])
def test_no_face_is_lost_when_the_same_photos_are_large_enough_for_tiles(face_detector, coco, every, at_least):
    lost, total = lost_by_search(face_detector, map(read, coco[::every]), enlarged=3)

    assert total > at_least
    assert lost == 0


def test_a_crowd_in_eleven_megapixels_is_found_as_in_half_a_megapixel(face_detector, shared_media):
    crowd = read(shared_media / "photos" / "deface_city.jpg")

    lost, total = lost_by_search(face_detector, [crowd], enlarged=5)

    assert total >= 21
    assert lost <= 1  # one score lies at the threshold

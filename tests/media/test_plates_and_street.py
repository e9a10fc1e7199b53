"""Plates, persons and vehicles in real photos: floors under what was measured (docs/detection.md)."""

import csv

import cv2
import numpy as np

from veil_vision.boxes import grow, intersection
from veil_vision.detections import ObjectClass
from veil_vision.tiles import search

MARGIN = 0.1


def read(path):
    return cv2.imread(str(path))[:, :, ::-1].copy()


def covered(found, marked):
    """Which marked boxes lie to nine tenths in one found box with its margin."""
    area = (marked[:, 2] - marked[:, 0]) * (marked[:, 3] - marked[:, 1])
    return intersection(marked, grow(found, MARGIN)).max(axis=1, initial=0) >= 0.9 * area


def test_plates_of_24_pixels_are_covered_and_most_of_the_smaller_ones(plate_detector, shared_media):
    with (shared_media / "plates" / "boxes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    hits, heights = [], []
    for name in sorted({row["file"] for row in rows})[::16]:
        marked = np.array(
            [[row[k] for k in ("x1", "y1", "x2", "y2")] for row in rows if row["file"] == name], np.float32
        )
        found = search(plate_detector, read(shared_media / "plates" / name), threshold=plate_detector.default_threshold)
        hits, heights = hits + covered(found.boxes, marked).tolist(), heights + (marked[:, 3] - marked[:, 1]).tolist()

    hits, heights = np.array(hits), np.array(heights)
    assert len(hits) > 30
    assert hits[heights >= 24].mean() >= 0.95
    assert hits.mean() >= 0.75


def test_persons_are_covered_as_measured(street_detector, shared_media):
    hits = []
    for image in sorted((shared_media / "coco128" / "images").iterdir())[::4]:
        photo, marks = read(image), shared_media / "coco128" / "boxes" / f"{image.stem}.txt"
        rows = [line.split() for line in marks.read_text().splitlines()] if marks.exists() else []
        persons = np.array([[float(v) for v in row[1:]] for row in rows if row[0] == "0"], np.float32).reshape(-1, 4)
        corners = np.concatenate([persons[:, :2] - persons[:, 2:] / 2, persons[:, :2] + persons[:, 2:] / 2], axis=1)
        found = search(street_detector, photo, threshold=street_detector.default_threshold)
        boxes = found.boxes[np.array([each is ObjectClass.PERSON for each in found.classes], np.bool_)]
        hits += covered(boxes, (corners * np.array([*photo.shape[1::-1]] * 2)).astype(np.float32)).tolist()

    assert len(hits) > 40
    assert np.mean(hits) >= 0.7

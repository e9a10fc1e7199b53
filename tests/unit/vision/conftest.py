"""What tests of the vision layer share: files that they build, and a detector whose faces a test can paint."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.unit.vision import built_files, built_profiles
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.models.catalogue import catalogue


@pytest.fixture(scope="session")
def build():
    """Builders of files and of what lies in them."""
    return SimpleNamespace(
        secrets=built_files.SECRETS,
        capture_time=built_files.CAPTURE_TIME,
        gps=built_files.GPS,
        ascii=built_files.ascii_field,
        rationals=built_files.rational_field,
        tiff=built_files.tiff,
        camera_exif=built_files.camera_exif,
        segment=built_files.segment,
        with_segments=built_files.with_segments,
        jpeg=built_files.jpeg,
        cmyk_jpeg=built_files.cmyk_jpeg,
        leaky_jpeg=built_files.leaky_jpeg,
        chunk=built_files.chunk,
        png=built_files.png,
        srgb_profile=built_profiles.srgb_profile,
        grey_cyan_profile=built_profiles.grey_cyan_profile,
        matrix_profile=built_profiles.matrix_profile,
        table_curve=built_profiles.table_curve,
        formula_curve=built_profiles.formula_curve,
        gradient=built_files.gradient,
    )


CENTERFACE = next(card for card in catalogue() if card.name == "centerface")


class MarkFinder:
    """A detector whose faces are red marks: it sees just what a picture shows, at any size.

    The redder, the surer; a mark of (255, 0, 0) scores 1. What it is told to imagine it sees wherever a place
    of that colour is, so that tests can show what becomes of hallucinations.
    """

    name, sha256, provider = "marks", "0" * 64, "none"
    classes = (ObjectClass.FACE,)
    default_threshold = 0.5
    search_plan = CENTERFACE.search
    second_look = CENTERFACE.second_look

    def __init__(self, imagines=None):
        self._imagines = imagines

    def detect(self, pixels, *, threshold, long_side):
        red, green, blue = cv2.split(pixels)
        marks = (red > 60) & (green < 50) & (blue < 50)
        if self._imagines is not None:
            marks |= (pixels == self._imagines).all(axis=2)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8))
        scores = [max(0.05, float(np.median(red[labels == index])) / 255) for index in range(1, count)]
        if self._imagines is not None:
            scores = [1.0] * len(scores)
        boxes = [[x, y, x + width, y + height] for x, y, width, height, _ in stats[1:]]
        found = Detections.of(boxes, scores)
        return found.select(found.scores >= threshold)


class MarkSegmenter:
    """A segmenter that takes whatever is red for a face."""

    name, sha256, provider = "red", "0" * 64, "none"
    classes = (ObjectClass.FACE,)

    def segment(self, pixels):
        return (pixels[..., 0] > 150) & (pixels[..., 1] < 90)


def marked(*marks, height=200, width=300):
    """A quiet picture with red marks (x1, y1, x2, y2[, red]): uint8 RGB."""
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([rows % 64 + 100, columns % 64 + 110, (rows + columns) % 64 + 120], axis=-1).astype(np.uint8)
    for x1, y1, x2, y2, *red in marks:
        pixels[y1:y2, x1:x2] = (red[0] if red else 255, 0, 0)
    return pixels


def recipe(**changes):
    """Blur faces with a margin of a tenth; what a test is about, it changes."""
    face = Target(threshold=changes.pop("threshold", None), style=changes.pop("style", RegionStyle()), kernel_size=0.35)
    return Recipe(**{"targets": {ObjectClass.FACE: face}, "method": AnonymizationMethod.BLUR} | changes)


@pytest.fixture(scope="session")
def scenes():
    """What tests of finding, drawing and verifying share."""
    return SimpleNamespace(finder=MarkFinder, segmenter=MarkSegmenter, marked=marked, recipe=recipe)

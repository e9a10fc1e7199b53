"""A detector that is told what to find, and the files and regions that tests of the pipeline compare."""

import numpy as np
import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import Picture, encode_image
from veil_vision.image.kinds import ImageFormat
from veil_vision.image.metadata import MetadataPolicy

MARK = (100, 60, 140, 110)

METHODS = pytest.mark.parametrize("method", list(AnonymizationMethod))

NOTHING = MetadataPolicy()


class Told:
    """A detector that finds what it is told in pictures of the size it is told, and nothing in any other."""

    def __init__(self, finder, boxes, *, width, height):
        self.name, self.sha256, self.provider, self.classes = finder.name, finder.sha256, "none", finder.classes
        self.default_threshold, self.search_plan, self.second_look = 0.5, finder.search_plan, finder.second_look
        self._boxes, self._shape = boxes, (height, width)

    def detect(self, pixels, *, threshold, long_side):
        return Detections.of(self._boxes if pixels.shape[:2] == self._shape else [])


def file_of(pixels, alpha=None, form=ImageFormat.PNG):
    return encode_image(Picture(pixels, alpha, form), keep=NOTHING)


def noise(shape, dtype=np.uint8, seed=1):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def core_of(regions, shape):
    core = np.zeros(shape[:2], bool)
    for region in regions:
        core[region.rows, region.columns] |= region.core
    return core

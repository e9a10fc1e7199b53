"""The photo whose hidden face the gate looks at."""

import pytest

from tests.unit.vision.verify.drawn import drawn_over
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, regions_of
from veil_vision.image.files import Picture
from veil_vision.image.kinds import ImageFormat


@pytest.fixture
def portrait(astronaut):
    """A photo, its one face as a region, and the picture with the face hidden."""
    seen = Detections.of([[175, 53, 275, 180]])
    regions = regions_of(seen, {ObjectClass.FACE: RegionStyle()}, width=512, height=512)
    pixels, _ = drawn_over(astronaut, None, regions)
    return Picture(astronaut, None, ImageFormat.JPEG), Picture(pixels, None, ImageFormat.JPEG), regions

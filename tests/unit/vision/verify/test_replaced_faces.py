"""The gate: what stands in a region resembles nothing of what was there."""

import dataclasses

import cv2
import numpy as np
import pytest

from tests.unit.vision.verify.drawn import (
    drawn_over,
)
from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, regions_of
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import Picture
from veil_vision.image.kinds import ImageFormat
from veil_vision.verify.replacement import require_replaced


@pytest.mark.parametrize("method", list(AnonymizationMethod))
def test_a_replaced_face_is_accepted(portrait, method):
    source, drawn, regions = portrait
    pixels, _ = drawn_over(source.pixels, None, regions, method)

    require_replaced(source, dataclasses.replace(drawn, pixels=pixels), regions)


@pytest.mark.parametrize(
    "weak",
    [
        lambda face: face,
        lambda face: cv2.blur(face, (5, 5)),
        lambda face: cv2.blur(face, (11, 11)),
        lambda face: cv2.resize(cv2.resize(face, (34, 44)), face.shape[1::-1], interpolation=cv2.INTER_NEAREST),
        lambda face: 255 - (255 - face) // 4,
        lambda face: face // 8,
    ],
    ids=["untouched", "blurred by 5", "blurred by 11", "fine mosaic", "faded", "darkened"],
)
def test_a_face_that_is_still_there_is_refused(portrait, weak):
    source, drawn, regions = portrait
    pixels = source.pixels.copy()
    (region,) = regions
    window = pixels[region.rows, region.columns]
    window[region.core] = weak(window.copy())[region.core]

    with pytest.raises(VerificationError, match="resembles"):
        require_replaced(source, dataclasses.replace(drawn, pixels=pixels), regions)


def test_a_face_is_refused_that_a_drawing_beside_it_left_alone(portrait):
    source, drawn, regions = portrait
    (region,) = regions
    beside = dataclasses.replace(region, x1=region.x1 + 170, x2=region.x2 + 170)
    pixels, _ = drawn_over(source.pixels, None, (beside,))

    with pytest.raises(VerificationError, match="resembles"):
        require_replaced(source, dataclasses.replace(drawn, pixels=pixels), regions)


def test_a_chance_resemblance_of_regular_patterns_is_accepted():
    stripes = np.where(np.arange(256)[None, :, None] // 13 % 2, 200, 60).astype(np.uint8).repeat(256, 0).repeat(3, 2)
    seen = Detections.of([[x, y, x + 60, y + 80] for x in (5, 70, 150) for y in (10, 100)])
    regions = regions_of(seen, {ObjectClass.FACE: RegionStyle()}, width=256, height=256)

    for method in AnonymizationMethod:
        pixels, _ = drawn_over(stripes, None, regions, method)
        require_replaced(Picture(stripes, None, ImageFormat.PNG), Picture(pixels, None, ImageFormat.PNG), regions)

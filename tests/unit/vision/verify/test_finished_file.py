"""The gate: the finished file shows what was drawn and holds nothing else."""

import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vision.verify.drawn import (
    HEIGHT,
    NOTHING,
    WIDTH,
    checked,
    detected,
    drawn_over,
    file_of,
    noise,
    regions_by_detection,
    styles,
)
from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import Picture, encode_image
from veil_vision.image.kinds import ImageFormat
from veil_vision.image.metadata import MetadataPolicy, read_metadata
from veil_vision.verify.replacement import require_clean

KINDS = [
    (ImageFormat.JPEG, 3, np.uint8, False),
    (ImageFormat.JPEG, 1, np.uint8, False),
    (ImageFormat.PNG, 3, np.uint8, False),
    (ImageFormat.PNG, 3, np.uint16, False),
    (ImageFormat.PNG, 1, np.uint8, False),
    (ImageFormat.PNG, 1, np.uint16, True),
    (ImageFormat.PNG, 3, np.uint8, True),
    (ImageFormat.PNG, 3, np.uint16, True),
]


@pytest.mark.parametrize("kind", KINDS)
@given(
    seen=detected(),
    style=styles,
    method=st.sampled_from(AnonymizationMethod),
    quality=st.sampled_from([0, 1, 5, 20, 50, 90, 95, 100]),
    coarse=st.sampled_from([1, 2, 8]),
)
@settings(max_examples=25)
def test_what_veil_writes_itself_is_clean_at_every_quality(*, kind, seen, style, method, quality, coarse):
    form, channels, depth, has_alpha = kind
    regions = regions_by_detection(seen, style)
    source = cv2.resize(noise((HEIGHT // coarse, WIDTH // coarse, channels), depth), (WIDTH, HEIGHT))
    alpha = noise((HEIGHT, WIDTH), depth) if has_alpha else None
    pixels, alpha = drawn_over(source.reshape(HEIGHT, WIDTH, channels), alpha, regions, method)
    drawn = Picture(pixels, alpha, form)

    shown = require_clean(
        encode_image(drawn, quality=quality, keep=NOTHING), drawn, regions, quality=quality, keep=NOTHING
    )

    assert shown.pixels.shape == drawn.pixels.shape


@pytest.mark.parametrize("quality", [1, 50, 75, 90])
def test_what_is_hidden_at_edges_that_cut_the_squares_of_a_jpeg_is_clean(quality):
    """Everything around it is noise, of which the last squares hold but a few rows or columns."""
    for beyond in range(1, 16):
        source = noise((96 + beyond, 96 + beyond, 3), seed=beyond)
        seen = Detections.of([[30, 30, *source.shape[1::-1]]])
        regions = regions_of(seen, {ObjectClass.FACE: RegionStyle(Shape.BOX, 0)}, width=96 + beyond, height=96 + beyond)
        drawn = Picture(drawn_over(source, None, regions)[0], None, ImageFormat.JPEG)

        require_clean(encode_image(drawn, quality=quality, keep=NOTHING), drawn, regions, quality=quality, keep=NOTHING)


@pytest.mark.parametrize("form", list(ImageFormat))
def test_a_file_cut_short_is_refused(portrait, form):
    _, drawn, regions = portrait
    drawn = dataclasses.replace(drawn, format=form)
    whole = file_of(drawn)

    for length in (0, 3, 700, len(whole) // 2, len(whole) - 1):
        with pytest.raises(VerificationError):
            checked(whole[:length], drawn, regions)


@pytest.mark.parametrize("form", list(ImageFormat))
def test_bytes_behind_the_picture_are_refused(portrait, form):
    _, drawn, regions = portrait
    drawn = dataclasses.replace(drawn, format=form)

    with pytest.raises(VerificationError, match="behind"):
        checked(file_of(drawn) + b"ftypmp42", drawn, regions)


def test_a_thumbnail_in_the_exif_is_refused(portrait, build):
    _, drawn, regions = portrait
    leaky = build.with_segments(file_of(drawn), build.segment(0xE1, b"Exif\0\0" + build.camera_exif()))

    with pytest.raises(VerificationError, match="EXIF"):
        checked(leaky, drawn, regions)


def test_every_leak_a_jpeg_can_have_is_refused(portrait, build):
    _, drawn, regions = portrait

    with pytest.raises(VerificationError, match="XMP"):
        checked(build.leaky_jpeg(drawn.pixels), drawn, regions)


def test_facts_that_were_not_to_be_kept_are_refused(portrait, build):
    _, drawn, regions = portrait
    taken = dataclasses.replace(drawn, metadata=read_metadata(build.camera_exif()))
    told = encode_image(taken, keep=MetadataPolicy(capture_time=True))

    checked(told, taken, regions, keep=MetadataPolicy(capture_time=True))
    with pytest.raises(VerificationError, match="facts"):
        checked(told, taken, regions)


@pytest.mark.parametrize(
    "turn",
    [
        lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
        lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
        lambda pixels: cv2.flip(pixels, 1),
        lambda pixels: pixels[..., ::-1],
        lambda pixels: 255 - pixels,
    ],
    ids=["upside down", "on its side", "mirrored", "blue for red", "negative"],
)
def test_another_picture_than_was_drawn_is_refused(portrait, turn):
    _, drawn, regions = portrait

    with pytest.raises(VerificationError, match="drawn"):
        checked(file_of(drawn, pixels=np.ascontiguousarray(turn(drawn.pixels))), drawn, regions)


@pytest.mark.parametrize(
    "change",
    [
        {"pixels": np.zeros((511, 512, 3), np.uint8)},
        {"pixels": np.zeros((512, 512, 1), np.uint8)},
        {"format": ImageFormat.PNG},
        {"format": ImageFormat.PNG, "alpha": np.full((512, 512), 255, np.uint8)},
        {"format": ImageFormat.PNG, "pixels": np.zeros((512, 512, 3), np.uint16)},
    ],
    ids=["smaller", "grey", "PNG", "alpha", "deeper"],
)
def test_a_file_of_another_kind_or_size_is_refused(portrait, change):
    _, drawn, regions = portrait

    with pytest.raises(VerificationError):
        checked(file_of(drawn, **change), drawn, regions)


def test_in_a_png_one_level_of_one_pixel_in_a_core_is_refused(portrait):
    _, drawn, regions = portrait
    drawn = dataclasses.replace(drawn, format=ImageFormat.PNG)
    other = drawn.pixels.copy()
    other[100, 200, 1] ^= 1

    with pytest.raises(VerificationError, match="drawn"):
        checked(file_of(drawn, pixels=other), drawn, regions)


def test_a_core_that_is_not_opaque_is_refused(portrait):
    _, drawn, regions = portrait
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[100, 200] = 254
    drawn = dataclasses.replace(drawn, format=ImageFormat.PNG, alpha=alpha)

    with pytest.raises(VerificationError, match="drawn"):
        checked(file_of(drawn), drawn, regions)


def test_a_result_may_have_more_bytes_than_an_upload_may_have():
    """The sizes of files are the pipeline's to choose: a PNG written without compression can outgrow its source."""
    drawn = Picture(noise((40, 50, 3)), None, ImageFormat.PNG)

    shown = checked(encode_image(drawn, compress_level=0, keep=NOTHING), drawn, ())

    assert shown.pixels.shape == (40, 50, 3)

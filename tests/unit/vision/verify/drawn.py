"""Detections of every kind, their regions, and pictures in which these are hidden."""

import dataclasses

import numpy as np
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.styles import AnonymizationMethod, hide, hide_alpha
from veil_vision.image.files import encode_image
from veil_vision.image.metadata import MetadataPolicy
from veil_vision.verify.replacement import require_clean

WIDTH, HEIGHT = 64, 48

NOTHING = MetadataPolicy()

edges = st.floats(-20, 80, width=32)


@st.composite
def segments(draw):
    """A grid of cells somewhere over the picture or beyond its edges."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    left, top = draw(st.integers(-30, 50)), draw(st.integers(-30, 40))
    width, height = draw(st.integers(columns, 70)), draw(st.integers(rows, 70))
    cells = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    return Segment.of((left, top, left + width, top + height), np.array(cells).reshape(rows, columns))


@st.composite
def detected(draw):
    corners = draw(st.lists(st.tuples(edges, edges, edges, edges), min_size=1, max_size=4))
    seen = Detections.of([[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners])
    return seen.with_segments([draw(st.none() | segments()) for _ in corners])


styles = st.builds(
    RegionStyle,
    shape=st.sampled_from(Shape),
    margin=st.sampled_from([0.0, 0.1, 0.5]),
    feather=st.sampled_from([0.0, 0.3]),
)


def regions_by_detection(seen, style, ignore_zones=()):
    size = {"width": WIDTH, "height": HEIGHT}
    each = (seen.select(np.array([index])) for index in range(len(seen)))
    found = [regions_of(one, {ObjectClass.FACE: style}, **size, ignore_zones=ignore_zones) for one in each]
    return tuple(one[0] if one else None for one in found)


def noise(shape, dtype=np.uint8, seed=1):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def drawn_over(source, alpha, regions, method=AnonymizationMethod.BLUR):
    present = [region for region in regions if region is not None]
    pixels = hide(source, present, method, kernel_sizes={ObjectClass.FACE: 0.35}, seed=0)
    return pixels, None if alpha is None else hide_alpha(alpha, present)


def checked(data, drawn, regions, quality=90, keep=NOTHING):
    return require_clean(data, drawn, regions, quality=quality, keep=keep)


def file_of(picture, **changes):
    return encode_image(dataclasses.replace(picture, **changes), keep=NOTHING)

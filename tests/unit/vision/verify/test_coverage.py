"""The gate: every pixel of what was detected lies in a region, outside ignore zones."""

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.vision.verify.drawn import (
    HEIGHT,
    WIDTH,
    detected,
    regions_by_detection,
    styles,
)
from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import RegionStyle, Shape, Zone
from veil_vision.verify.replacement import require_covered

zones = st.lists(
    st.builds(
        lambda x, y, w, h: Zone(x, y, x + w, y + h),
        st.integers(0, WIDTH),
        st.integers(0, HEIGHT),
        st.integers(1, 40),
        st.integers(1, 40),
    ),
    max_size=2,
)


def covered(seen, regions, ignore_zones=()):
    return require_covered(seen, regions, ignore_zones, width=WIDTH, height=HEIGHT)


@given(detected(), styles, zones)
@example(Detections.of([[0, -3, 1, 2.3e-16]]), RegionStyle(shape=Shape.BOX, margin=0), [])  # reaches a row by a hair
def test_regions_cover_what_was_detected_outside_ignore_zones(seen, style, ignore_zones):
    hidden = covered(seen, regions_by_detection(seen, style, ignore_zones), ignore_zones)

    assert all(not hidden[zone.y1 : zone.y2, zone.x1 : zone.x2].any() for zone in ignore_zones)


@given(st.data())
def test_one_pixel_left_out_is_refused(data):
    x1, y1 = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 30))
    seen = Detections.of([[x1 + 0.5, y1 + 0.5, x1 + 9.5, y1 + 9.5]])
    (region,) = regions_by_detection(seen, RegionStyle())
    x, y = data.draw(st.integers(x1, x1 + 9)), data.draw(st.integers(y1, y1 + 9))
    core = region.core.copy()
    core[y - region.y1, x - region.x1] = False

    with pytest.raises(VerificationError, match="covered"):
        covered(seen, (dataclasses.replace(region, core=core),))


@pytest.mark.parametrize(("right", "down"), [(3, 0), (-3, 0), (0, 12), (0, -12), (40, 0)])
def test_a_region_that_lies_beside_its_detection_is_refused(right, down):
    seen = Detections.of([[20, 20, 30, 30]])
    (region,) = regions_by_detection(seen, RegionStyle(shape=Shape.BOX, margin=0.0))
    moved = dataclasses.replace(
        region, x1=region.x1 + right, x2=region.x2 + right, y1=region.y1 + down, y2=region.y2 + down
    )

    with pytest.raises(VerificationError):
        covered(seen, (moved,))


def test_a_detection_without_a_region_is_refused():
    with pytest.raises(VerificationError, match="covered"):
        covered(Detections.of([[20, 20, 30, 30]]), (None,))


def test_of_a_detection_with_a_segment_one_pixel_of_it_left_out_is_refused():
    left_half = Segment.of((20, 20, 40, 30), np.tile(np.arange(20) < 10, (10, 1)))
    seen = Detections.of([[20, 20, 40, 30]]).with_segments([left_half])
    (region,) = regions_by_detection(seen, RegionStyle(shape=Shape.SEGMENT, margin=0.0))
    core = region.core.copy()
    core[25 - region.y1, 29 - region.x1] = False

    hidden = covered(seen, (region,))

    assert hidden[20:30, 20:30].all()
    assert not hidden[20:30, 35:].any()
    with pytest.raises(VerificationError, match="covered"):
        covered(seen, (dataclasses.replace(region, core=core),))


def test_a_detection_that_lies_in_an_ignore_zone_needs_no_region():
    hidden = covered(Detections.of([[20, 20, 30, 30]]), (None,), [Zone(20, 20, 30, 30)])

    assert not hidden.any()


@pytest.mark.parametrize("x1", [-5, 60])
def test_a_region_that_leaves_the_picture_is_refused(x1):
    seen = Detections.of([[20, 20, 30, 30]])
    (region,) = regions_by_detection(seen, RegionStyle())

    with pytest.raises(VerificationError, match="fit"):
        covered(seen, (dataclasses.replace(region, x1=x1, x2=x1 + region.core.shape[1]),))

"""The outlines of what was found: one look at each object that is to be hidden by its outline."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Place, Segment
from veil_vision.geometry.panoramas import window
from veil_vision.geometry.regions import RegionStyle, Shape
from veil_vision.segment.segmenter import Segmenter
from veil_vision.track.outlines import look_on_grid

# What the segmenter sees around the box on each side, as a share of its size.
CONTEXT = 0.2
# Of objects whose longer side has fewer pixels, four in five outlines are wrong; hiding the box costs little there.
LEAST_SIDE = 48
# An outline is believed where it fills at least this share of the box...
LEAST_FILL = 0.3
# ...and comes this near to each of its sides, as a share of its size.
MOST_GAP = 0.1


class OutlineTerms(Protocol):
    """Which classes are hidden by their outline; a recipe names it.

    Attributes:
        styles: Shape and reach of the regions by class.
        grid: Says whether the picture is a panorama of a full turn.
    """

    @property
    def styles(self) -> Mapping[ObjectClass, RegionStyle]: ...  # noqa: D102  # described above

    @property
    def grid(self) -> Grid | None: ...  # noqa: D102  # described above


def with_outlines(pixels: Pixels, found: Detections, terms: OutlineTerms, segmenter: Segmenter | None) -> Detections:
    """Return the detections with the segments of those that are to be hidden by their outline.

    Where the segmenter's outline is not to be believed there is none, and the box is hidden.

    Args:
        pixels: uint8 (height, width, 3), RGB, upright, in which the detections were found.
        found: Of classes that the terms name.
        terms: Say which shape hides a class, and whether the picture is a panorama of a full turn.
        segmenter: What to look with; None where no model is installed.
    """
    if segmenter is None:
        return found
    outlined = _outlined(terms, segmenter)
    wraps = terms.grid is not None and terms.grid.wraps
    return found.with_segments(
        [
            _segment(pixels, box, segmenter, wraps=wraps) if object_class in outlined else None
            for box, object_class in zip(found.boxes.astype(np.float64), found.classes, strict=True)
        ]
    )


def with_looks(
    pixels: Pixels, found: Detections, terms: OutlineTerms, segmenter: Segmenter | None, asked: NDArray[np.bool_]
) -> Detections:
    """Return detections in a frame of a video with the looks at the outlines of those that are asked for.

    A look lies on the grid that is carried through the video (`track.outlines`). It is the whole box of what should be
    hidden by its outline and has none that is to be believed.

    Args:
        pixels: See `with_outlines`; so are the others.
        found: See there.
        terms: See there.
        segmenter: See there.
        asked: bool (n,), at which to look.
    """
    segments = list(found.segments)
    outlined = _outlined(terms, segmenter)
    for index in np.flatnonzero(asked & np.array([each in outlined for each in found.classes], np.bool_)).tolist():
        box = found.boxes[index].astype(np.float64)
        (seen,) = with_outlines(pixels, found.select(np.array([index])), terms, segmenter).segments
        segments[index] = Segment.whole(box.tolist()) if seen is None else look_on_grid(seen, box)
    return found.with_segments(segments)


def _outlined(terms: OutlineTerms, segmenter: Segmenter | None) -> set[ObjectClass]:
    """Return the classes that are to be hidden by their outline, and can be."""
    classes = () if segmenter is None else segmenter.classes
    return {each for each in classes if each in terms.styles and terms.styles[each].shape is Shape.SEGMENT}


def _segment(pixels: Pixels, box: NDArray[np.float64], segmenter: Segmenter, *, wraps: bool) -> Segment | None:
    """Return what the object in a box fills of it and its surroundings, or None where that cannot be told."""
    if (box[2:] - box[:2]).max() < LEAST_SIDE:
        return None
    height, width = pixels.shape[:2]
    # The two sides of an object across the seam of a panorama get the same outline.
    turn = math.floor(box[0] / width) * width if wraps else 0
    upright = box - np.array([turn, 0, turn, 0])
    place = _place(upright, 2 * width if wraps else width, height, least=-width if wraps else 0)
    segment = Segment.of(place, segmenter.segment(window(pixels, place)))
    return segment.moved(turn) if is_believed(segment, upright.tolist()) else None


def _place(box: NDArray[np.float64], width: int, height: int, *, least: int) -> Place:
    """Return the box and what is around it, in whole pixels from `least` to `width` and from 0 to `height`."""
    around = CONTEXT * (box[2:] - box[:2])
    x1, y1 = np.floor(box[:2] - around).clip([least, 0]).astype(int).tolist()
    x2, y2 = np.ceil(box[2:] + around).clip(None, [width, height]).astype(int).tolist()
    return x1, y1, x2, y2


def is_believed(segment: Segment, box: Sequence[float]) -> bool:
    """Tell whether a segment may be the object of a box: one that is tight, so the object touches all its sides."""
    inside = segment.inside(box)
    if not inside.size or inside.mean() < LEAST_FILL:
        return False
    return all(_gap(np.asarray(inside.any(axis=axis))) <= MOST_GAP for axis in (0, 1))


def _gap(filled: NDArray[np.bool_]) -> float:
    """Return the longer of the empty stretches before and behind what is filled, as a share of the whole."""
    (places,) = np.nonzero(filled)
    return float(max(places[0], len(filled) - 1 - places[-1]) / len(filled))

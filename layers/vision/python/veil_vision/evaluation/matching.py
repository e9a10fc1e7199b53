"""What was found of what is marked in one picture, and what else was.

Two measures. *Covered*: enough of the object lies in what is hidden of its class, however many regions that takes; it
decides whether the object can still be seen. *Matched*: a detection of its own fits it, as detectors are compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veil_vision.evaluation.annotations import Mark
from veil_vision.geometry.boxes import Boxes, area, intersection, iou
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region

COVERED_SHARE = 0.9
MATCHED_IOU = 0.5
# A detection of which half lies in what does not count is not judged: COCO's rule for crowds.
IGNORED_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class MarkFinding:
    """What became of a mark that counts.

    Attributes:
        covered: Which share of it is hidden.
        matched: Whether a detection fits it.
    """

    mark: Mark
    covered: float
    matched: bool

    @property
    def missed(self) -> bool:
        """Whether it can still be seen."""
        return self.covered < COVERED_SHARE


@dataclass(frozen=True, slots=True, eq=False)
class RegionFinding:
    """What a region was good for.

    Attributes:
        false: Whether its detection touches nothing that is marked.
        unmatched: Whether its detection fits nothing that is marked.
    """

    region: Region
    false: bool
    unmatched: bool


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFindings:
    """What was found in one picture.

    Attributes:
        marks: Those that count.
        hidden: Share of the picture hidden for each class.
        hidden_together: Share hidden for any of them.
    """

    marks: tuple[MarkFinding, ...]
    regions: tuple[RegionFinding, ...]
    hidden: Mapping[ObjectClass, float]
    hidden_together: float


def compare(
    marks: Sequence[Mark], regions: Sequence[Region], classes: Sequence[ObjectClass], *, width: int, height: int
) -> PhotoFindings:
    """Return how the regions of a picture of the given size, in pixels, fit its marks; each class by itself."""
    together = np.zeros((height, width), dtype=np.bool_)
    mark_findings: list[MarkFinding] = []
    region_findings: list[RegionFinding] = []
    hidden = {}
    for each in classes:
        mine = [region for region in regions if region.object_class is each]
        painted = _painted(mine, width=width, height=height)
        found = _compare_class([mark for mark in marks if mark.object_class is each], mine, painted)
        mark_findings += found[0]
        region_findings += found[1]
        hidden[each] = float(painted.mean())
        together |= painted
    return PhotoFindings(tuple(mark_findings), tuple(region_findings), hidden, float(together.mean()))


def covered_share(mark: Mark, hidden: NDArray[np.bool_]) -> float:
    """Return which share of the mark's pixels is hidden; `hidden` is bool (height, width) of the whole picture."""
    window = mark.window(hidden.shape[1], hidden.shape[0])
    x1, y1, x2, y2 = window
    return float(hidden[y1:y2, x1:x2][mark.pixels(window)].mean())


def match(boxes: Boxes, marked: Boxes, counts: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which marks are matched, and which detections are not although they should be.

    Every detection takes the best fitting mark that none before it took. One that fits none is not judged where
    half of it lies in a mark that does not count.

    Args:
        boxes: Detections, best first.
        marked: Boxes of the marks.
        counts: bool (m,), which of them count.
    """
    # Equally good fits are taken in an order of their own, so that the order of the marks changes nothing.
    order = np.lexsort(marked.T)
    fits = (iou(boxes, marked) * counts)[:, order]
    in_ignored = (intersection(boxes, marked) * ~counts).max(axis=1, initial=0)
    judged = in_ignored < np.maximum(IGNORED_SHARE * area(boxes), np.finfo(np.float32).tiny)
    matched = np.zeros(len(marked), dtype=np.bool_)
    unmatched = np.zeros(len(boxes), dtype=np.bool_)
    for index, fit in enumerate(fits):
        free = np.where(matched, 0, fit)
        if free.max(initial=0) >= MATCHED_IOU:
            matched[free.argmax()] = True
        else:
            unmatched[index] = judged[index]
    in_given_order = np.zeros_like(matched)
    in_given_order[order] = matched
    return in_given_order, unmatched


def _compare_class(
    marks: Sequence[Mark], regions: Sequence[Region], painted: NDArray[np.bool_]
) -> tuple[list[MarkFinding], list[RegionFinding]]:
    best_first = sorted(regions, key=lambda region: -region.score)
    boxes, marked = (_boxes([each.box for each in some]) for some in (best_first, marks))
    counts = np.array([mark.counts for mark in marks], dtype=np.bool_)
    matched, unmatched = match(boxes, marked, counts)
    touches = intersection(boxes, marked).max(axis=1, initial=0) > 0
    return (
        [
            MarkFinding(mark, covered_share(mark, painted), bool(fits))
            for mark, fits in zip(marks, matched, strict=True)
            if mark.counts
        ],
        [
            RegionFinding(region, not touched, bool(fits_none))
            for region, touched, fits_none in zip(best_first, touches, unmatched, strict=True)
        ],
    )


def _boxes(boxes: Sequence[tuple[float, float, float, float]]) -> Boxes:
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


def _painted(regions: Sequence[Region], *, width: int, height: int) -> NDArray[np.bool_]:
    painted = np.zeros((height, width), dtype=np.bool_)
    for region in regions:
        painted[region.rows, region.columns] |= region.core
    return painted

"""What all pictures together amount to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from veil_vision.evaluation.datasets import Problem
from veil_vision.evaluation.intervals import Rate, Share
from veil_vision.evaluation.matching import PhotoFindings
from veil_vision.evaluation.sizes import Edges, bin_index, bins_of, size_of
from veil_vision.geometry.object_classes import ObjectClass


@dataclass(frozen=True, slots=True)
class Row:
    """The counts of one class, of all sizes or of one bin.

    Attributes:
        low: Smallest size that belongs here, in pixels.
        high: Smallest size that is too large; None where there is none.
        covered: Marked objects that are hidden to nine tenths.
        matched: Marked objects that a detection fits, at an overlap of half.
        false: Regions that touch nothing marked.
        unmatched: Regions whose detection fits nothing marked.
    """

    object_class: ObjectClass
    low: float
    high: float | None
    covered: Share
    matched: Share
    false: Rate
    unmatched: Rate


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """What is known of one class.

    Attributes:
        bins: The same counts by size.
        hidden: Mean share of a photo that is hidden for this class alone.
    """

    object_class: ObjectClass
    total: Row
    bins: tuple[Row, ...]
    hidden: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured.

    Attributes:
        photos: How many were measured.
        cpu_seconds: Spent on decoding and finding.
        hidden: Mean share of a photo that is hidden for any of the classes.
        problems: What was left out.
    """

    classes: tuple[ClassFigures, ...]
    photos: int
    megapixels: float
    cpu_seconds: float
    hidden: float
    problems: tuple[Problem, ...]

    @property
    def cpu_ms_per_megapixel(self) -> float:
        """What a megapixel costs; 0 of nothing."""
        return 1000 * self.cpu_seconds / self.megapixels if self.megapixels else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPhoto:
    """One picture and what was found in it."""

    findings: PhotoFindings
    megapixels: float
    cpu_seconds: float


_Key = tuple[str, ObjectClass, int]


class Tally:
    """Adds up photos; keeps counts only, however many there are."""

    def __init__(self, classes: Sequence[ObjectClass], edges: Edges) -> None:
        """Start with nothing. `edges` are those of each class's size bins, rising."""
        self._classes = classes
        self._edges = edges
        self._counts: Counter[_Key] = Counter()
        self._hidden: dict[ObjectClass, float] = dict.fromkeys(classes, 0.0)
        self._hidden_together = 0.0
        self._photos = 0
        self._megapixels = 0.0
        self._cpu_seconds = 0.0
        self._problems: list[Problem] = []

    def add(self, photo: MeasuredPhoto | Problem) -> None:
        """Count a photo, or that one is left out."""
        if isinstance(photo, Problem):
            self._problems.append(photo)
            return
        self._photos += 1
        self._megapixels += photo.megapixels
        self._cpu_seconds += photo.cpu_seconds
        self._hidden_together += photo.findings.hidden_together
        for each, share in photo.findings.hidden.items():
            self._hidden[each] += share
        self._count(photo.findings)

    def _count(self, findings: PhotoFindings) -> None:
        for mark in findings.marks:
            key = self._bin(mark.mark.object_class, mark.mark.box)
            self._counts.update(
                {("marked", *key): 1, ("covered", *key): not mark.missed, ("matched", *key): mark.matched}
            )
        for region in findings.regions:
            key = self._bin(region.region.object_class, region.region.box)
            self._counts.update({("false", *key): region.false, ("unmatched", *key): region.unmatched})

    def _bin(self, object_class: ObjectClass, box: tuple[float, float, float, float]) -> tuple[ObjectClass, int]:
        return object_class, bin_index(size_of(object_class, box), self._edges[object_class])

    def evaluation(self) -> Evaluation:
        """Return what it amounts to so far."""
        return Evaluation(
            tuple(self._class_figures(each) for each in self._classes),
            self._photos,
            self._megapixels,
            self._cpu_seconds,
            self._hidden_together / max(1, self._photos),
            tuple(self._problems),
        )

    def _class_figures(self, object_class: ObjectClass) -> ClassFigures:
        bins = bins_of(self._edges[object_class])
        rows = [self._row(object_class, low, high, [index]) for index, (low, high) in enumerate(bins)]
        total = self._row(object_class, 0, None, range(len(bins)))
        return ClassFigures(object_class, total, tuple(rows), self._hidden[object_class] / max(1, self._photos))

    def _row(self, object_class: ObjectClass, low: float, high: float | None, bins: Sequence[int]) -> Row:
        def count(what: str) -> int:
            return sum(self._counts[what, object_class, each] for each in bins)

        marked = count("marked")
        return Row(
            object_class,
            low,
            high,
            Share(count("covered"), marked),
            Share(count("matched"), marked),
            Rate(count("false"), self._photos),
            Rate(count("unmatched"), self._photos),
        )


def as_document(evaluation: Evaluation, about: Mapping[str, object]) -> dict[str, object]:
    """Return an evaluation as plain values, ready for JSON; `about` says what was measured and how."""
    return {
        **about,
        "photos": evaluation.photos,
        "megapixels": round(evaluation.megapixels, 3),
        "cpu_ms_per_megapixel": round(evaluation.cpu_ms_per_megapixel, 1),
        "hidden": round(evaluation.hidden, 6),
        "classes": {
            each.object_class.value: {
                "hidden": round(each.hidden, 6),
                "all": _row_document(each.total),
                "sizes": [_row_document(row) for row in each.bins],
            }
            for each in evaluation.classes
        },
        "left_out": [{"place": each.place, "reason": each.reason} for each in evaluation.problems],
    }


def _row_document(row: Row) -> dict[str, object]:
    return {
        "from_pixels": row.low,
        "below_pixels": row.high,
        "marked": row.covered.count,
        **{name: _share(share) for name, share in (("covered", row.covered), ("matched", row.matched))},
        **{name: _rate(rate) for name, rate in (("false", row.false), ("unmatched", row.unmatched))},
    }


def _share(share: Share) -> dict[str, object]:
    return {"count": share.hits, "share": share.value, "interval": list(share.interval)}


def _rate(rate: Rate) -> dict[str, object]:
    return {"count": rate.events, "per_photo": rate.value, "interval": list(rate.interval) if rate.interval else None}

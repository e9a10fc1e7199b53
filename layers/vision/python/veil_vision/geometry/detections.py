"""What detectors saw in one frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from veil_vision.geometry.boxes import Boxes
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Aligned, read-only arrays: what was seen, how surely, and as which class.

    Attributes:
        boxes: float32 (n, 4), xyxy half-open, pixels of the upright image.
        scores: float32 (n,), 0 to 1.
        classes: one `ObjectClass` per box.
        segments: one per box; None where nothing but the box is known. Left out: None for all.
        tracks: number of the object through a video, one per box; None in photos. Left out: None for all.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    classes: tuple[ObjectClass, ...]
    segments: tuple[Segment | None, ...] = ()
    tracks: tuple[int | None, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no detector may return, and make the arrays read-only.

        Raises:
            ValueError: Lengths differ, a number is not finite, corners are out of order,
                or a score is outside 0 to 1.
        """
        if self.boxes.dtype != np.float32 or self.boxes.shape != (len(self.scores), 4):
            raise ValueError(
                f"boxes must be float32 of shape ({len(self.scores)}, 4), got {self.boxes.dtype} {self.boxes.shape}"
            )
        if len(self.classes) != len(self.scores):
            raise ValueError(f"got {len(self.classes)} classes but {len(self.scores)} scores")
        if not (np.isfinite(self.boxes).all() and np.isfinite(self.scores).all()):
            raise ValueError("boxes and scores must be finite numbers")
        if (self.boxes[:, 2:] < self.boxes[:, :2]).any():
            raise ValueError("boxes must have x1 <= x2 and y1 <= y2")
        if ((self.scores < 0) | (self.scores > 1)).any():
            raise ValueError("scores must lie between 0 and 1")
        for name in ("segments", "tracks"):
            given = getattr(self, name)
            if given and len(given) != len(self.scores):
                raise ValueError(f"got {len(given)} {name} but {len(self.scores)} scores")
            object.__setattr__(self, name, given or (None,) * len(self.scores))
        self.boxes.setflags(write=False)
        self.scores.setflags(write=False)

    @classmethod
    def of(
        cls, boxes: ArrayLike, scores: ArrayLike | None = None, object_class: ObjectClass = ObjectClass.FACE
    ) -> "Detections":
        """Return detections of one class from copies of the given numbers; a missing score means certain."""
        own_boxes = np.array(boxes, dtype=np.float32).reshape(-1, 4)
        own_scores = np.array(np.ones(len(own_boxes)) if scores is None else scores, dtype=np.float32).reshape(-1)
        return cls(own_boxes, own_scores, (object_class,) * len(own_scores))

    @classmethod
    def concat(cls, parts: Sequence["Detections"]) -> "Detections":
        """Return all parts as one, in order. No parts make no detections."""
        if not parts:
            return cls.of([])
        return cls(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.scores for part in parts]),
            tuple(seen for part in parts for seen in part.classes),
            tuple(segment for part in parts for segment in part.segments),
            tuple(track for part in parts for track in part.tracks),
        )

    def select(self, keep: NDArray[np.intp] | NDArray[np.bool_]) -> "Detections":
        """Return the detections at the given indices, or where the given flags are true."""
        indices = np.arange(len(self))[keep]
        classes = tuple(self.classes[index] for index in indices)
        segments = tuple(self.segments[index] for index in indices)
        tracks = tuple(self.tracks[index] for index in indices)
        return Detections(self.boxes[indices], self.scores[indices], classes, segments, tracks)

    def of_one_class(self, others: "Detections") -> NDArray[np.bool_]:
        """Return bool (self, others): whether two detections are of one class."""
        one, other = (np.array(each.classes, np.str_) for each in (self, others))
        return np.asarray(one[:, None] == other, np.bool_)

    def with_segments(self, segments: Sequence[Segment | None]) -> "Detections":
        """Return the same detections with these segments, one per box."""
        return replace(self, segments=tuple(segments))

    def best_first(self) -> "Detections":
        """Return the detections by falling score; ties keep their order."""
        return self.select(np.argsort(-self.scores, kind="stable"))

    def __len__(self) -> int:
        return len(self.scores)

"""What is seen in a segment of a video, and as a file: for whoever goes on where somebody stopped.

Gzipped JSON, in columns as findings are (`track.findings`), but of single detections, and exact: what is read is what
was written, to the last bit.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track.cuts import THUMBNAIL, Thumbnail, is_cut
from veil_vision.track.findings import read_document
from veil_vision.track.segment_columns import segment_columns, segments_of

FORMAT, VERSION = "veil-segment", 2
CLASSES = tuple(ObjectClass)


@dataclass(slots=True, eq=False)
class SegmentLooks:
    """What was seen in frames that follow each other.

    Attributes:
        found: By frame; None where nobody looked.
        times: When each frame is shown.
        cuts: Numbers of frames that begin a shot, as far as the frames before them are here.
        broken: Numbers of damaged frames.
        ends: The first and the last frame, small.
    """

    found: list[Detections | None] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    ends: tuple[Thumbnail, Thumbnail] | None = None

    def add(self, number: int, time: int, found: Detections | None, small: Thumbnail, *, is_broken: bool) -> None:
        """Take in the next frame."""
        self.found.append(found)
        self.times.append(time)
        self.broken += [number] if is_broken else []
        self._reach(number, small, small)

    def _reach(self, number: int, first: Thumbnail, last: Thumbnail) -> None:
        if self.ends is not None and is_cut(self.ends[1], first):
            self.cuts.append(number)
        self.ends = (self.ends[0] if self.ends else first, last)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return segments, in their order, as one."""
        whole = cls()
        for part in parts:
            if part.ends is not None:
                whole._reach(len(whole.times), *part.ends)
            whole.found += part.found
            whole.times += part.times
            whole.cuts += part.cuts
            whole.broken += part.broken
        return whole


def key_of(*decisive: object) -> str:
    """Return what tells looks apart that may differ, of everything that decides about them in words."""
    return hashlib.sha256("\n".join(map(str, decisive)).encode()).hexdigest()


def write_looks(looks: SegmentLooks, key: str) -> bytes:
    """Return the file. The same looks give the same bytes."""
    seen = [each for each in looks.found if each is not None]
    everything = Detections.concat(seen)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "key": key,
        "times": looks.times,
        "cuts": looks.cuts,
        "broken": looks.broken,
        "ends": [base64.b64encode(each.tobytes()).decode() for each in looks.ends or ()],
        "found": [None if each is None else len(each) for each in looks.found],
        "box": everything.boxes.ravel().tolist(),
        "score": everything.scores.tolist(),
        "class": [CLASSES.index(each) for each in everything.classes],
        "segment": segment_columns(everything.segments),
    }
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), compresslevel=6, mtime=0)


def read_looks(data: bytes, key: str) -> SegmentLooks:
    """Return what a file says.

    Raises:
        ValueError: It is none, is damaged, is of another version or key.
    """
    document = read_document(data)
    if (document.get("format"), document.get("version"), document.get("key")) != (FORMAT, VERSION, key):
        raise ValueError("These are looks at something else.")
    try:
        return _looks(document)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"The file is damaged: {error!r}") from error


def _looks(document: Mapping[str, Any]) -> SegmentLooks:
    everything = Detections(
        np.array(document["box"], dtype=np.float32).reshape(-1, 4),
        np.array(document["score"], dtype=np.float32),
        tuple(CLASSES[index] for index in document["class"]),
        tuple(segments_of(document["segment"], len(document["score"]))),
    )
    bounds = np.cumsum([0, *(each or 0 for each in document["found"])])
    found = [
        None if each is None else everything.select(np.arange(first, first + each))
        for each, first in zip(document["found"], bounds[:-1].tolist(), strict=True)
    ]
    if len(document["times"]) != len(found) or bounds[-1] != len(everything):
        raise ValueError("The file does not say of every frame what is in it.")
    ends = [_thumbnail(each) for each in document["ends"]]
    return SegmentLooks(
        found, document["times"], document["cuts"], document["broken"], (ends[0], ends[1]) if ends else None
    )


def _thumbnail(text: str) -> Thumbnail:
    width, height = THUMBNAIL
    return np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(height, width, 3)

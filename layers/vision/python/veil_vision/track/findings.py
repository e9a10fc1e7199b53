"""The findings of a run, as a file: what to hide where and when, so that it can be drawn again without looking again.

A photo is a video of one frame, whose tracks are numbered as its detections are.

Gzipped JSON, in columns: one list per property of all places, in the order of tracks and frames. Coordinates are in
eighths of a pixel, rounded outward, so that a file never hides less than the run that wrote it.
"""

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.track.segment_columns import segment_columns, segments_of
from veil_vision.track.tracked_video import TrackedVideo
from veil_vision.track.tracks import Origin, Place, Track

FORMAT, VERSION = "veil-findings", 4
STEPS_PER_PIXEL = 8
# A place takes some 40 bytes here, so this is an hour with sixty objects in every frame.
MOST_BYTES = 256 << 20
ORIGINS = tuple(Origin)


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What a run found.

    Attributes:
        video: What to hide in each frame.
        size: Width and height of the frames that boxes are in pixels of.
        times: When each frame is shown, in units of `time_base`.
        time_base: In seconds.
        source: SHA-256 of the file they are of, hexadecimal.
        looked_for: The classes that were looked for; of others nothing is known.
        margin: How far hiding reached around each box, as `RegionStyle` has it.
        audio: What became of the audio: `keep`, `mute` or `drop`. A photo has none to take out.
    """

    video: TrackedVideo
    size: tuple[int, int]
    times: tuple[int, ...]
    time_base: Fraction
    source: str
    looked_for: tuple[ObjectClass, ...]
    margin: float
    audio: str = "keep"

    def __post_init__(self) -> None:
        """Refuse what does not fit together.

        Raises:
            ValueError: There is not one time for each frame.
        """
        if len(self.times) != self.video.frames:
            raise ValueError(f"got {len(self.times)} times for {self.video.frames} frames")


def findings_of_photo(
    found: Detections, *, size: tuple[int, int], source: str, looked_for: Iterable[ObjectClass], margin: float
) -> Findings:
    """Return the findings of a photo of which so much was found."""
    seen = zip(found.classes, found.boxes.astype(np.float64), found.scores.tolist(), found.segments, strict=True)
    tracks = tuple(
        Track(number, object_class, (Place(0, box, score, Origin.DETECTED, segment),), reach=0, shot=(0, 1))
        for number, (object_class, box, score, segment) in enumerate(seen)
    )
    video = TrackedVideo(tracks, frames=1, rate=1.0, looked_at=1)
    return Findings(video, size, (0,), Fraction(1), source, tuple(looked_for), margin)


def write_findings(findings: Findings) -> bytes:
    """Return the file. The same findings give the same bytes."""
    video = findings.video
    document = {
        "format": FORMAT,
        "version": VERSION,
        "source": findings.source,
        "looked_for": findings.looked_for,
        "margin": findings.margin,
        "audio": findings.audio,
        "size": findings.size,
        "time_base": [findings.time_base.numerator, findings.time_base.denominator],
        "time_steps": np.diff(np.array(findings.times, dtype=np.int64), prepend=0).tolist(),
        "rate": video.rate,
        "looked_at": video.looked_at,
        "tracks": [_track_line(track) for track in video.tracks],
        "places": _columns([place for track in video.tracks for place in track.places]),
    }
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), compresslevel=6, mtime=0)


def read_findings(data: bytes) -> Findings:
    """Return what a file of this version says.

    Raises:
        ValueError: It is none, is damaged, is of another version, or says what cannot be.
    """
    document = read_document(data)
    if document.get("format") != FORMAT:
        raise ValueError("This is no file of findings.")
    if document.get("version") != VERSION:
        raise ValueError(f"Findings of version {document.get('version')} cannot be read, only of version {VERSION}.")
    try:
        return _findings(document)
    except (KeyError, IndexError, TypeError, AttributeError, OverflowError, ZeroDivisionError) as error:
        raise ValueError(f"The file of findings is damaged: {error!r}") from error


def read_document(data: bytes) -> Mapping[str, Any]:
    """Return the JSON object of a gzipped file.

    Raises:
        ValueError: It is none, or larger than any that is written.
    """
    try:
        inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        text = inflate.decompress(data, MOST_BYTES)
        if not inflate.eof:
            raise ValueError("The file of findings is cut off or too large.")
        document = json.loads(text)
    except (zlib.error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError("This is no file of findings.") from error
    if not isinstance(document, dict):
        raise ValueError("This is no file of findings.")  # noqa: TRY004 (the file is wrong, not the call)
    return document


def _track_line(track: Track) -> dict[str, object]:
    return {
        "track": track.number,
        "class": track.object_class.value,
        "reach": track.reach,
        "shot": track.shot,
        "places": len(track.places),
    }


def _columns(places: Sequence[Place]) -> dict[str, object]:
    boxes = np.array([place.box for place in places], dtype=np.float64).reshape(-1, 4) * STEPS_PER_PIXEL
    outward = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1).astype(np.int64)
    return {
        "frame": [place.frame for place in places],
        "box": outward.ravel().tolist(),
        "score": [round(place.score, 4) for place in places],
        "origin": [ORIGINS.index(place.origin) for place in places],
        "segment": segment_columns([place.segment for place in places]),
    }


def _findings(document: Mapping[str, Any]) -> Findings:
    width, height = document["size"]
    times = np.cumsum(np.array(document["time_steps"], dtype=np.int64)).tolist()
    places = _places(document["places"])
    tracks, first = [], 0
    for line in document["tracks"]:
        end = first + line["places"]
        tracks.append(_track(line, places[first:end]))
        first = end
    if first != len(places):
        raise ValueError("The file of findings does not say of every place whose it is.")
    video = TrackedVideo(tuple(tracks), len(times), float(document["rate"]), int(document["looked_at"]))
    looked_for, margin = tuple(ObjectClass(each) for each in document["looked_for"]), float(document["margin"])
    if not 0 <= margin < math.inf:
        raise ValueError("The file of findings has a margin that is none.")
    return Findings(
        video,
        (int(width), int(height)),
        tuple(times),
        Fraction(*document["time_base"]),
        str(document["source"]),
        looked_for,
        margin,
        str(document["audio"]),
    )


def _track(line: Mapping[str, Any], places: tuple[Place, ...]) -> Track:
    first, end = line["shot"]
    return Track(int(line["track"]), ObjectClass(line["class"]), places, int(line["reach"]), (int(first), int(end)))


def _places(columns: Mapping[str, Any]) -> tuple[Place, ...]:
    segments = segments_of(columns["segment"], len(columns["frame"]))
    return tuple(_place(columns, index, segment) for index, segment in enumerate(segments))


def _place(columns: Mapping[str, Any], index: int, segment: Segment | None) -> Place:
    box = np.array(columns["box"][4 * index : 4 * index + 4], dtype=np.float64) / STEPS_PER_PIXEL
    if box.shape != (4,) or not np.isfinite(box).all() or (box[2:] < box[:2]).any():
        raise ValueError("The file of findings has a box that is none.")
    origin = ORIGINS[columns["origin"][index]]
    score = float(columns["score"][index])
    return Place(int(columns["frame"][index]), box, score, origin, segment)

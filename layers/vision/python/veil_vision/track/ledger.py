"""The exposure ledger: what was seen of each object, what was filled in, and how much may have stayed open."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from veil_vision.track.tracks import Origin, Place, Track

SCHEMA_VERSION = 1
# A bridged place farther than this from the nearest sighting, in frames between looks, is a guess.
SURE_LOOKS = 5
# A miss rate that no number of tracks without a miss may fall below, or the ledger would claim certainty.
LEAST_MISS_RATE = 0.001


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What is known of one track.

    Attributes:
        track: Its number.
        object_class: What it is.
        first: Frame of the first sighting.
        last: Frame of the last one.
        frames: Frames by origin; a frame counts once, as what is known best of it.
        at_risk: Estimated frames in which the object was open or not where it was hidden.
    """

    track: int
    object_class: str
    first: int
    last: int
    frames: dict[Origin, int]
    at_risk: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of all tracks.

    Attributes:
        records: By track.
        miss_rate: Share of looks, between sightings of one object, in which it was not seen.
        rate: Frames per second, on average.
    """

    records: tuple[TrackRecord, ...]
    miss_rate: float
    rate: float

    @property
    def at_risk(self) -> float:
        """Estimated object-frames that were open."""
        return sum(record.at_risk for record in self.records)

    def as_json(self) -> dict[str, object]:
        """Return the ledger for a report."""
        return {
            "schema_version": SCHEMA_VERSION,
            "miss_rate": round(self.miss_rate, 4),
            "object_frames": sum(sum(record.frames.values()) for record in self.records),
            "object_frames_at_risk": round(self.at_risk, 3),
            "seconds_at_risk": round(self.at_risk / self.rate, 3),
            "tracks": [self._line(record) for record in self.records],
        }

    def _line(self, record: TrackRecord) -> dict[str, object]:
        return {
            "track": record.track,
            "class": record.object_class,
            "first_seen": {"frame": record.first, "second": round(record.first / self.rate, 3)},
            "last_seen": {"frame": record.last, "second": round(record.last / self.rate, 3)},
            "frames": {origin.value: record.frames.get(origin, 0) for origin in Origin},
            "frames_at_risk": round(record.at_risk, 3),
        }


def ledger_of(tracks: Sequence[Track], *, rate: float, stride: float) -> Ledger:
    """Return the ledger of a video with these tracks, `rate` in frames per second, a look at every `stride`-th frame.

    The estimate has two parts. Beyond its extension an object may have been there and been missed every time: with
    misses that know nothing of each other, at the rate found between sightings, that is a geometric series. And a
    bridged frame far from all sightings counts in full. Objects that were never seen are in no estimate.
    """
    seen = {track.number: _sighted(track) for track in tracks}
    miss_rate = _miss_rate(list(seen.values()), stride)
    records = [_record(track, seen[track.number], miss_rate, stride) for track in tracks]
    return Ledger(tuple(records), miss_rate, rate)


def _sighted(track: Track) -> list[int]:
    return sorted({place.frame for place in track.places if place.origin is Origin.DETECTED})


def _miss_rate(seen: Sequence[Sequence[int]], stride: float) -> float:
    steps = [(later - before) / stride for frames in seen for before, later in pairwise(frames)]
    missed = sum(max(round(step) - 1, 0) for step in steps)
    return max(missed / max(missed + len(steps), 1), LEAST_MISS_RATE)


def _record(track: Track, seen: Sequence[int], miss_rate: float, stride: float) -> TrackRecord:
    best = {place.frame: place.origin for place in sorted(track.places, key=_rank, reverse=True)}
    guessed = sum(max(later - before - 1 - 2 * round(SURE_LOOKS * stride), 0) for before, later in pairwise(seen))
    at_risk = guessed + sum(_expected(room, track.reach, miss_rate, stride) for room in _rooms(track, seen))
    return TrackRecord(track.number, track.object_class.value, seen[0], seen[-1], Counter(best.values()), at_risk)


def _rank(place: Place) -> int:
    return list(Origin).index(place.origin)


def _rooms(track: Track, seen: Sequence[int]) -> tuple[int, int]:
    """Return how many frames of the shot lie before the first and after the last sighting."""
    return seen[0] - track.shot[0], track.shot[1] - 1 - seen[-1]


def _expected(room: int, reach: int, miss_rate: float, stride: float) -> float:
    """Return the expected frames beyond an extension in which an object was there and was missed in every look."""
    if room <= reach:
        return 0.0
    misses = (reach + 1) / stride
    return float(min(miss_rate**misses / (1 - min(miss_rate, 0.99)) * stride, room - reach))

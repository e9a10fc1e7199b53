"""Where an object is taken to be in frames in which it was not seen."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from veil_vision.track.settings import TrackSettings
from veil_vision.track.sightings import Box, Sighting

# Sightings that the velocity at an end is measured over.
STEPS = 4
FEWEST_FOR_WOBBLE = 3
# What is off more than so many times the median is far off: it tells of the sightings around alone, so many before and
# after it.
FAR_OFF, NEAR = 6.0, 4


def wobbles(chain: Sequence[Sighting], settings: TrackSettings) -> NDArray[np.float64]:
    """Return (sightings, 4), by how much a chain is off a straight course near each: in pixels, for each side of a box.

    That is what the object turns, the camera shakes and the detector errs, as a root mean square along the chain. One
    sighting that lies far off must not blow up the object wherever else it was not seen: it counts nearby alone. Of
    fewer than three sightings it is assumed.
    """
    if len(chain) < FEWEST_FOR_WOBBLE:
        return np.array([np.tile(each.box[2:] - each.box[:2], 2) for each in chain]) * settings.assumed_wobble
    frames = np.array([each.frame for each in chain], dtype=np.float64)
    boxes = np.array([each.box for each in chain])
    share = ((frames[1:-1] - frames[:-2]) / (frames[2:] - frames[:-2]))[:, None]
    off = np.abs(boxes[1:-1] - ((1 - share) * boxes[:-2] + share * boxes[2:]))
    usual = np.minimum(off, FAR_OFF * np.median(off, axis=0))
    beyond = np.square(off) - np.square(usual)
    total = np.concatenate([np.zeros((1, 4)), np.cumsum(beyond, axis=0)])
    index = np.arange(len(chain))
    first, end = (index - NEAR - 1).clip(0), (index + NEAR).clip(None, len(off))
    near = (total[end] - total[first]) / (end - first)[:, None]
    return np.asarray(np.sqrt(np.square(usual).mean(axis=0) + near.clip(0)))


def bridge(before: Sighting, later: Sighting, wobble: Box, settings: TrackSettings) -> Iterator[tuple[int, Box]]:
    """Yield the frames between two sightings and the box in each: on a straight line, grown by time and speed."""
    span = later.frame - before.frame
    speed = np.abs(later.box - before.box) / span
    for step in range(1, span):
        share = step / span
        box = (1 - share) * before.box + share * later.box
        yield before.frame + step, _grown(box, min(step, span - step), speed, wobble, settings)


def extend(chain: Sequence[Sighting], frames: range, wobble: Box, settings: TrackSettings) -> Iterator[tuple[int, Box]]:
    """Yield frames beyond a chain's nearest end and the box in each.

    The box holds both where the object was last, should it have stopped, and where it would be at its speed.
    """
    for frame in frames:
        end, velocity = _end(chain, frame)
        steps = frame - end.frame
        moved = end.box + velocity * steps
        both = np.concatenate([np.minimum(end.box[:2], moved[:2]), np.maximum(end.box[2:], moved[2:])])
        yield frame, _grown(both, abs(steps), np.zeros(4), wobble, settings)


def reach(chain: Sequence[Sighting], stride: float, settings: TrackSettings) -> int:
    """Return how many frames are hidden beyond the ends of a chain, `stride` being the frames from look to look."""
    spacing = fmean([later.frame - before.frame for before, later in pairwise(chain)] or [stride])
    return settings.extension + max(round(spacing) - 1, 0)


def _end(chain: Sequence[Sighting], frame: int) -> tuple[Sighting, Box]:
    """Return the end of a chain that a frame lies beyond, and the velocity there in pixels per frame."""
    near = chain[:STEPS] if frame < chain[0].frame else chain[-STEPS:]
    span = near[-1].frame - near[0].frame
    velocity = (near[-1].box - near[0].box) / span if span else np.zeros(4)
    return (near[0] if frame < chain[0].frame else near[-1]), velocity


def _grown(box: Box, steps: int, speed: Box, wobble: Box, settings: TrackSettings) -> Box:
    sides = np.tile(box[2:] - box[:2], 2)
    far = min(steps, settings.most_growth_frames)
    pad = settings.wobble * wobble + far * (settings.growth * sides + settings.speed_growth * speed)
    return np.asarray(box + np.minimum(pad, settings.most_growth * sides) * np.array([-1, -1, 1, 1]))

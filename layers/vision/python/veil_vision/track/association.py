"""Which sightings are one object: linked forward and backward in time, by where an object should be next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from veil_vision.track.assignment import assign
from veil_vision.track.sightings import Box, Sighting

# How far, in its own sizes, an object may be from where it is expected: in the next frame, and more per further one.
REACH, REACH_PER_FRAME, MOST_REACH = 1.0, 0.15, 2.0
# By how much its size may differ, as the logarithm of the ratio of sides.
RESIZE, RESIZE_PER_FRAME, MOST_RESIZE = 0.6, 0.05, 1.0
# What makes a weak sighting the second choice.
WEAK_COST = 0.3
# Above any sum of costs that are allowed, so that no pair beyond reach takes the place of one within it.
FORBIDDEN = 1e6
# The share that the newest step has in the velocity.
NEWEST = 0.5

Chain = list[Sighting]


@dataclass(frozen=True, slots=True)
class Links:
    """What belongs together.

    Attributes:
        chains: Sightings of one object in the order of time, at least one of them strong.
        detours: Pairs that only one of the two directions took for one object, with frames between them; each with
            the chain of its earlier sighting. These frames are hidden as well.
    """

    chains: list[Chain]
    detours: list[tuple[int, Sighting, Sighting]]


@dataclass(slots=True, eq=False)
class _Course:
    """A chain that is being followed, and its velocity in pixels per frame for each corner."""

    chain: Chain
    velocity: Box = field(default_factory=lambda: np.zeros(4))

    def expected(self, frame: int) -> Box:
        last = self.chain[-1]
        return last.box + self.velocity * abs(frame - last.frame)

    def extend(self, sighting: Sighting) -> None:
        last = self.chain[-1]
        step = (sighting.box - last.box) / abs(sighting.frame - last.frame)
        share = NEWEST if len(self.chain) > 1 else 1.0
        self.velocity = share * step + (1 - share) * self.velocity
        self.chain.append(sighting)


def link_both_ways(looks: Sequence[Sequence[Sighting]], longest_gap: int) -> Links:
    """Return the chains of one shot and class.

    A link that both directions allow for is taken from the forward one; the backward one adds what continues a chain
    that ended there, or leads up to one that began there.

    Args:
        looks: Sightings by frame looked at, in the order of time.
        longest_gap: Frames between two sightings of one chain at most.
    """
    forward = _follow(looks, longest_gap)
    backward = [chain[::-1] for chain in _follow(looks[::-1], longest_gap)]
    after = {before: later for chain in forward for before, later in pairwise(chain)}
    taken = set(after.values())
    contested: list[tuple[Sighting, Sighting]] = []
    for before, later in (pair for chain in backward for pair in pairwise(chain)):
        if before not in after and later not in taken:
            after[before] = later
            taken.add(later)
        elif after.get(before) is not later and later.frame - before.frame > 1:
            contested.append((before, later))
    return _joined([each for chain in (*forward, *backward) for each in chain], after, taken, contested)


def _joined(
    sightings: Sequence[Sighting],
    after: dict[Sighting, Sighting],
    taken: set[Sighting],
    contested: Sequence[tuple[Sighting, Sighting]],
) -> Links:
    first = [each for each in dict.fromkeys(sightings) if each not in taken]
    chains = [chain for chain in (_unrolled(each, after) for each in first) if any(each.strong for each in chain)]
    chains.sort(key=lambda chain: (chain[0].frame, tuple(chain[0].box)))
    chain_of = {each: number for number, chain in enumerate(chains) for each in chain}
    return Links(chains, [(chain_of[pair[0]], *pair) for pair in contested if pair[0] in chain_of])


def _unrolled(first: Sighting, after: dict[Sighting, Sighting]) -> Chain:
    chain = [first]
    while chain[-1] in after:
        chain.append(after[chain[-1]])
    return chain


def _follow(looks: Sequence[Sequence[Sighting]], longest_gap: int) -> list[Chain]:
    """Return the chains that following the sightings in this order gives. Only strong ones start any."""
    courses: list[_Course] = []
    ended: list[_Course] = []
    for look in looks:
        if not look:
            continue
        frame = look[0].frame
        ended += [each for each in courses if abs(frame - each.chain[-1].frame) > longest_gap]
        courses = [each for each in courses if abs(frame - each.chain[-1].frame) <= longest_gap]
        matched = _match(courses, look)
        for course, sighting in matched:
            course.extend(sighting)
        known = {sighting for _, sighting in matched}
        courses += [_Course([each]) for each in look if each.strong and each not in known]
    return [each.chain for each in (*ended, *courses)]


def _match(courses: Sequence[_Course], look: Sequence[Sighting]) -> list[tuple[_Course, Sighting]]:
    if not courses:
        return []
    costs = _costs(courses, look)
    allowed = costs < FORBIDDEN
    rows, columns = (np.flatnonzero(allowed.any(axis=axis)) for axis in (1, 0))
    pairs = ((rows[row], columns[column]) for row, column in assign(costs[np.ix_(rows, columns)]))
    return [(courses[row], look[column]) for row, column in pairs if allowed[row, column]]


def _costs(courses: Sequence[_Course], look: Sequence[Sighting]) -> NDArray[np.float64]:
    """Return what it costs to take a sighting for the next of a course, (courses, sightings)."""
    frame = look[0].frame
    last = np.array([each.chain[-1].box for each in courses])
    expected = np.array([each.expected(frame) for each in courses])
    seen = np.array([each.box for each in look])
    gaps = np.array([abs(frame - each.chain[-1].frame) - 1.0 for each in courses])[:, None]
    size, own = _size(last)[:, None], _size(seen)[None]
    # Also from where it was: what stops, or only shook with the camera, is not where it was expected.
    apart = np.minimum(_distance(expected, seen), _distance(last, seen)) / np.maximum(size, own)
    resized = np.abs(np.log(own / size))
    near = apart <= np.minimum(REACH + REACH_PER_FRAME * gaps, MOST_REACH)
    alike = resized <= np.minimum(RESIZE + RESIZE_PER_FRAME * gaps, MOST_RESIZE)
    weak = np.array([0.0 if each.strong else WEAK_COST for each in look])
    return np.where(near & alike, apart + resized + weak, FORBIDDEN)


def _size(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the side of a square of the same area, at least one pixel."""
    sides = (boxes[:, 2:] - boxes[:, :2]).clip(1)
    return np.asarray(np.sqrt(sides.prod(axis=1)))


def _distance(boxes: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    centres, their = ((each[:, :2] + each[:, 2:]) / 2 for each in (boxes, others))
    return np.asarray(np.linalg.norm(centres[:, None] - their[None], axis=2))

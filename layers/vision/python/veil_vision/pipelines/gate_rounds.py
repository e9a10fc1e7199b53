"""A picture drawn, written and looked at again, in rounds, until nothing of what must be hidden shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from veil_vision.errors import ImageTooLargeError, VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Region, regions_of
from veil_vision.hide.render import draw, draw_findings, encode
from veil_vision.image.files import Picture
from veil_vision.pipelines.image_work import ImageWork
from veil_vision.pipelines.report import Verdict
from veil_vision.verify.recheck import NOTHING_SEEN, Scene, recheck
from veil_vision.verify.replacement import require_clean, require_covered, require_replaced

# Draw; draw again with what the file still showed, and so on while that brings up something new.
ROUNDS = 12
# To look around one costs about 16 ms of a processor, whatever the picture's size, so these bound what one may cost.
MOST_OBJECTS = 4000
MOST_LOOKS = 3 * MOST_OBJECTS


@dataclass(frozen=True, slots=True, eq=False)
class VerifiedFile:
    """A file that passed the gate, or None where nothing was to be hidden."""

    data: bytes | None
    detections: Detections
    regions: tuple[Region | None, ...]
    verdict: Verdict


def few_enough(found: Detections, *, looks: int = 0) -> Detections:
    """Return what was found if it is not more than one picture may cost.

    Raises:
        ImageTooLargeError: It is more, or detectors looked too often.
    """
    if len(found) > MOST_OBJECTS or looks > MOST_LOOKS:
        raise ImageTooLargeError(f"the picture shows more than {MOST_OBJECTS} things to hide; cut it into parts")
    return found


def hide_and_verify(work: ImageWork, found: Detections) -> VerifiedFile:
    """Return a file that passed the gate, with everything that is hidden in it.

    Raises:
        VerificationError: No file could be proven safe.
    """
    if work.recipe.method is None:
        return VerifiedFile(None, found, _regions(work, found), Verdict.nothing_hidden())
    detections, seen = found, NOTHING_SEEN
    for round_number in range(1, ROUNDS + 1):
        regions = _regions(work, detections)
        hidden = require_covered(detections, regions, work.recipe.ignore_zones, **work.size)
        with work.watch.on("hide"):
            drawn = draw(work.picture, regions, work.recipe)
        data, shown = _proven(work, drawn, regions)
        with work.watch.on("verify"):
            scene = Scene(lambda: work.picture, shown, regions, hidden, work.spared)
            seen = recheck(scene, work.recipe, work.detectors, earlier=seen)
        if seen.passes:
            verdict = Verdict(round_number, seen.sightings, seen.resemblances, len(detections) - len(found))
            return VerifiedFile(_for_checking(work, data, drawn, regions), detections, regions, verdict)
        detections = few_enough(Detections.concat([detections, seen.exposed]), looks=seen.looks)
    raise VerificationError(f"After {ROUNDS} rounds the result still shows something that was to be hidden.")


def _proven(work: ImageWork, drawn: Picture, regions: Sequence[Region | None]) -> tuple[bytes, Picture]:
    """Return the file of a drawn picture and what it shows, only if the drawing replaced what it hides."""
    with work.watch.on("encode"):
        data = encode(drawn, regions, work.recipe)
    with work.watch.on("verify"):
        shown = require_clean(data, drawn, regions, quality=work.recipe.quality_if_whole, keep=work.recipe.keep)
        require_replaced(work.picture, shown, regions)
    return data, shown


def _for_checking(work: ImageWork, data: bytes, drawn: Picture, regions: Sequence[Region | None]) -> bytes:
    """Return the file that passed, or one with what was found drawn on top of it, where that is asked for.

    Lines would confuse detectors, so they looked at the picture without them.
    """
    if not work.recipe.debug:
        return data
    marked, lines = draw_findings(drawn, regions, work.recipe)
    with work.watch.on("encode"):
        checked = encode(marked, regions, work.recipe, lines)
    quality, keep = work.recipe.quality_if_whole, work.recipe.keep
    with work.watch.on("verify"):
        require_clean(checked, drawn, regions, quality=quality, keep=keep, lines=lines)
    return checked


def _regions(work: ImageWork, detections: Detections) -> tuple[Region | None, ...]:
    """Return by detection what to hide of it; None where ignore zones leave nothing."""
    styles, zones = work.recipe.styles, work.recipe.ignore_zones
    height, width = work.picture.pixels.shape[:2]
    found: list[Region | None] = []
    for index in range(len(detections)):
        one = detections.select(np.array([index], dtype=np.intp))
        found += regions_of(one, styles, width=width, height=height, ignore_zones=zones) or (None,)
    return tuple(found)

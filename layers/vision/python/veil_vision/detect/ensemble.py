"""Everything that several detectors find in one picture, by classes and thresholds."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.agreement import Look, agreed, without_doubtful
from veil_vision.detect.detector import Detector
from veil_vision.detect.heads import heads_of
from veil_vision.detect.inputs import resized_once
from veil_vision.detect.thresholds import (
    SearchTerms,
    alone_threshold_of,
    faint_threshold_of,
    own_threshold_of,
    threshold_of,
)
from veil_vision.detect.tiles import search, search_near
from veil_vision.detect.whole_picture import may_be_filled
from veil_vision.errors import ModelMissingError
from veil_vision.geometry.boxes import area, intersection
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.image.samples import Samples, to_eight_bits
from veil_vision.models.catalogue import how_to_install

# Of two boxes by different models: this share of the smaller one within the other makes them one object.
SAME_OBJECT = 0.5


def detectors_for(wanted: SearchTerms, detectors: Sequence[Detector]) -> list[Detector]:
    """Return the detectors that the wanted profile takes for its classes, each once.

    Raises:
        ModelMissingError: No detector finds one of the classes.
    """
    used: list[Detector] = []
    for each in wanted.thresholds:
        looking = wanted.profile.looking(detectors, each)
        if not looking:
            raise ModelMissingError(f"No installed model finds this class: {each}. Run `{how_to_install(each)}`.")
        used += [detector for detector in looking if detector not in used]
    return used + [each for each in _guessing(wanted, detectors) if each not in used]


def _guessing(wanted: SearchTerms, detectors: Sequence[Detector]) -> list[Detector]:
    """Return the detectors whose persons tell where faces should be, if faces are looked for."""
    able = [each for each in detectors if ObjectClass.PERSON in each.classes]
    wants_faces = ObjectClass.FACE in wanted.thresholds
    return [each for each in able if wants_faces and wanted.profile.use_of(each.name).heads]


def find_all(pixels: NDArray[np.uint8], wanted: SearchTerms, detectors: Sequence[Detector]) -> Detections:
    """Return what all detectors find in the picture of the wanted classes, in its pixels, each object once."""
    return _found(_sightings(pixels, wanted, detectors, share=1.0), pixels, wanted, detectors)


def find_more(
    pixels: NDArray[np.uint8], wanted: SearchTerms, detectors: Sequence[Detector], *, share: float
) -> tuple[Detections, Detections]:
    """Return what `find_all` does and, as seconds, what detectors see between a share of their thresholds and these.

    These count only where something else speaks for them.
    """
    sightings = _sightings(pixels, wanted, detectors, share=share)
    weak = Detections.of([])
    for detector, seen in sightings:
        least = {each: threshold_of(detector, each, wanted) for each in _mine(detector, wanted, detectors)}
        nearly = above_thresholds(seen, {each: share * score for each, score in least.items()})
        counts = [score >= least[each] for each, score in zip(nearly.classes, nearly.scores, strict=True)]
        weak = united(weak, nearly.select(~np.array(counts, np.bool_)))
    return _found(sightings, pixels, wanted, detectors), weak


def _mine(detector: Detector, wanted: SearchTerms, detectors: Sequence[Detector]) -> list[ObjectClass]:
    return [each for each in wanted.thresholds if detector in wanted.profile.looking(detectors, each)]


def _sightings(
    pixels: NDArray[np.uint8], wanted: SearchTerms, detectors: Sequence[Detector], *, share: float
) -> list[tuple[Detector, Detections]]:
    """Return all that each detector sees from the least score that may count for something, or a share of it.

    Those that are shown where to look closely look last.
    """
    asked = detectors_for(wanted, detectors)
    found: dict[str, Detections] = {}
    with resized_once(pixels):
        for detector in sorted(asked, key=lambda each: wanted.profile.use_of(each.name).near > 0):
            found[detector.name] = _seen_by(detector, found, pixels, wanted, detectors, share=share)
    return [(each, found[each.name]) for each in asked]


def _seen_by(
    detector: Detector,
    found: Mapping[str, Detections],
    pixels: NDArray[np.uint8],
    wanted: SearchTerms,
    detectors: Sequence[Detector],
    *,
    share: float,
) -> Detections:
    least = _least_of_use(detector, wanted, detectors, share)
    plan = wanted.profile.use_of(detector.name).plan(detector.search_plan)
    shown = _shown_to(detector, found, pixels, wanted)
    if shown is None:
        return search(detector, pixels, threshold=least, plan=plan, grid=wanted.grid)
    whole = wanted.profile.use_of(detector.name).whole
    if whole:
        plan = plan.whole_only(whole, coarse=may_be_filled(pixels, shown))
    return search_near(detector, pixels, shown.boxes, threshold=least, plan=plan)


def _shown_to(
    detector: Detector, found: Mapping[str, Detections], pixels: NDArray[np.uint8], wanted: SearchTerms
) -> Detections | None:
    """Return what others see of a detector's classes; None if it has to look everywhere by itself."""
    use = wanted.profile.use_of(detector.name)
    large = max(pixels.shape[:2]) > use.plan(detector.search_plan).single_long_side
    if not (use.near and found and large and detector.second_look) or wanted.grid is not None:
        return None
    seen = Detections.concat(list(found.values()))
    likely = [each in detector.classes for each in seen.classes]
    return seen.select(np.array(likely, np.bool_) & (seen.scores >= use.near))


def _least_of_use(detector: Detector, wanted: SearchTerms, detectors: Sequence[Detector], share: float) -> float:
    mine = _mine(detector, wanted, detectors)
    scores = [
        min(share * threshold_of(detector, each, wanted), faint_threshold_of(detector, each, wanted)) for each in mine
    ]
    if detector in _guessing(wanted, detectors):
        scores.append(own_threshold_of(detector, ObjectClass.PERSON, wanted))
    shown = [wanted.profile.use_of(each.name).near for each in detectors if {*mine} & {*each.classes}]
    return min([*scores, *(each for each in shown if each)])


def _found(
    sightings: Sequence[tuple[Detector, Detections]],
    pixels: NDArray[np.uint8],
    wanted: SearchTerms,
    detectors: Sequence[Detector],
) -> Detections:
    """Return what counts of the sightings."""
    found = Detections.of([])
    for object_class in wanted.thresholds:
        for part in of_class(object_class, sightings, pixels, wanted, detectors):
            found = united(found, part)
    guessing = _guessing(wanted, detectors)
    heads = [_heads(each, seen, found, wanted, pixels) for each, seen in sightings if each in guessing]
    return Detections.concat([found, *heads])


def of_class(
    object_class: ObjectClass,
    sightings: Sequence[tuple[Detector, Detections]],
    pixels: NDArray[np.uint8],
    wanted: SearchTerms,
    detectors: Sequence[Detector],
) -> list[Detections]:
    """Return what of one class counts, by who saw it and what speaks for it: an object may be there several times."""
    takers = wanted.profile.looking(detectors, object_class)
    looks = [_look(each, seen, object_class, wanted) for each, seen in sightings if each in takers]
    likely = without_doubtful(looks, pixels) if object_class is ObjectClass.FACE else looks
    return [*(look.counted for look in likely), *agreed(likely, pixels)]


def _look(detector: Detector, seen: Detections, object_class: ObjectClass, wanted: SearchTerms) -> Look:
    least, faint = (rule(detector, object_class, wanted) for rule in (threshold_of, faint_threshold_of))
    plan = wanted.profile.use_of(detector.name).plan(detector.search_plan)
    alone = alone_threshold_of(detector, object_class, wanted)
    return Look(detector, plan, above_thresholds(seen, {object_class: faint}), least, faint, alone)


def _heads(
    detector: Detector, seen: Detections, found: Detections, wanted: SearchTerms, pixels: NDArray[np.uint8]
) -> Detections:
    """Return the heads of persons whose faces nobody found."""
    own, chosen = own_threshold_of(detector, ObjectClass.PERSON, wanted), wanted.thresholds[ObjectClass.FACE]
    persons = above_thresholds(seen, {ObjectClass.PERSON: own if chosen is None else max(own, chosen)})
    faces = found.select(np.array([each is ObjectClass.FACE for each in found.classes], dtype=np.bool_))
    return heads_of(persons, faces, wanted.profile.use_of(detector.name).plan(detector.search_plan), pixels)


def united(found: Detections, more: Detections) -> Detections:
    """Return what was found and what a second opinion adds: each object once, hidden as far as either saw it.

    A box of either of which half lies in one of the other's, of its class, is the same object; it grows to hold both.
    """
    shared, same = intersection(more.boxes, found.boxes), same_objects(more, found)
    known = np.asarray(same.any(axis=1), dtype=np.bool_)
    boxes = found.boxes.copy()
    for index in np.flatnonzero(known):
        owner = np.where(same[index], shared[index], -1).argmax()
        boxes[owner, :2] = np.minimum(boxes[owner, :2], more.boxes[index, :2])
        boxes[owner, 2:] = np.maximum(boxes[owner, 2:], more.boxes[index, 2:])
    return Detections.concat([Detections(boxes, found.scores, found.classes), more.select(~known)])


def same_objects(some: Detections, others: Detections) -> NDArray[np.bool_]:
    """Return bool (some, others): whether two are of one class and half of the smaller box lies in the other."""
    smaller = np.minimum(area(some.boxes)[:, None], area(others.boxes)[None])
    shared = intersection(some.boxes, others.boxes)
    return np.asarray(some.of_one_class(others) & (shared >= SAME_OBJECT * smaller))


def to_rgb8(pixels: Samples) -> NDArray[np.uint8]:
    """Return pixels (H, W, 1 or 3) of any depth as detectors take them: uint8 (H, W, 3)."""
    eight = to_eight_bits(pixels)
    return np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2RGB) if eight.shape[2] == 1 else eight, dtype=np.uint8)


def above_thresholds(seen: Detections, least: Mapping[ObjectClass, float]) -> Detections:
    """Return those of one of the classes, whose score is no less than that class's least."""
    named = zip(seen.classes, seen.scores, strict=True)
    counts = [object_class in least and score >= least[object_class] for object_class, score in named]
    return seen.select(np.array(counts, dtype=np.bool_))

"""One picture from the bytes that came to the bytes that may leave."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for, to_rgb8
from veil_vision.detect.views import find_in_all_views
from veil_vision.errors import ImageTooLargeError, VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region, regions_of
from veil_vision.hide.masks import mask_files
from veil_vision.hide.recipe import Recipe
from veil_vision.hide.render import draw, draw_findings, encode
from veil_vision.image.files import Picture, coded_whole, decode_image
from veil_vision.image.jpeg_coding import NotKeptError
from veil_vision.image.metadata import not_kept
from veil_vision.pipelines.report import (
    Verdict,
    findings_report,
    gate_report,
    input_report,
    output_report,
    recipe_report,
)
from veil_vision.segment.objects import with_outlines
from veil_vision.segment.segmenter import Segmenter
from veil_vision.track.findings import Findings, findings_of_photo
from veil_vision.verify.recheck import NOTHING_SEEN, Scene, recheck
from veil_vision.verify.replacement import require_clean, require_covered, require_replaced

# Draw; draw again with what the file still showed, and so on while that brings up something new.
ROUNDS = 12
# To look around one costs about 16 ms of a processor, whatever the picture's size, so these bound what one may cost.
MOST_OBJECTS = 4000
MOST_LOOKS = 3 * MOST_OBJECTS
# Where no metadata tell, a picture this wide is taken for a panorama of a full turn if it is twice as wide as high, but
# for a few pixels. If it is none, it is searched a little more than it need be.
LEAST_PANORAMA, MOST_OFF_RATIO = 4096, 16


@dataclass(frozen=True, slots=True, eq=False)
class Anonymized:
    """A verified result.

    Attributes:
        picture: The file, or None where nothing was to be hidden (masks only).
        binary_mask: PNG file, or None where not asked for.
        instance_mask: PNG file, or None where not asked for.
        detections: Everything found, hidden or not.
        regions: Per detection what was hidden of it; None where ignore zones leave nothing.
        findings: What to draw it again from.
        width: Of the upright picture, in pixels.
        height: Of the upright picture, in pixels.
        seconds: Time spent, by stage.
        report: How it was made and what was checked; plain values, ready for JSON.
        remarks: What of the file or of the wishes took no part, in words for whoever gets the result.
    """

    picture: bytes | None
    binary_mask: bytes | None
    instance_mask: bytes | None
    detections: Detections
    regions: tuple[Region | None, ...]
    findings: Findings
    width: int
    height: int
    seconds: dict[str, float]
    report: dict[str, object]
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Stopwatch:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started


@dataclass(frozen=True, slots=True, eq=False)
class ImageWork:
    """What every step needs.

    Attributes:
        data: The file that came.
        spared: What somebody wants to stay visible.
    """

    data: bytes
    picture: Picture
    recipe: Recipe
    detectors: Sequence[Detector]
    watch: _Stopwatch
    spared: Detections = field(default_factory=lambda: Detections.of([]))

    @property
    def size(self) -> dict[str, int]:
        """Width and height of the upright picture, as keyword arguments."""
        height, width = self.picture.pixels.shape[:2]
        return {"width": width, "height": height}

    def coded_whole(self, reason: str) -> "ImageWork":
        """Return the same of a picture of which no block stays as it is, for a reason that is told."""
        remarks = (*self.picture.remarks, coded_whole(reason))
        return replace(self, picture=replace(self.picture, coded=None, remarks=remarks))


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """A file that passed the gate, or None where nothing was to be hidden."""

    data: bytes | None
    detections: Detections
    regions: tuple[Region | None, ...]
    verdict: Verdict


def anonymize_image(
    data: bytes, recipe: Recipe, detectors: Sequence[Detector], segmenter: Segmenter | None = None
) -> Anonymized:
    """Find, hide, encode and verify; return only what passed the gate.

    Without a segmenter, what should be hidden by its outline is hidden by its box.

    Raises:
        ImageError: The file is not an image that can be anonymized, or shows too much that would have to be hidden.
        ModelError: A class has no detector.
        VerificationError: The result could not be proven safe.
    """
    work = opened(data, recipe, detectors)
    picture, recipe = work.picture, work.recipe
    with work.watch.on("detect"):
        detections = _few_enough(find_in_all_views(picture.pixels, picture.alpha, recipe, work.detectors))
    with work.watch.on("outline"):
        detections = with_outlines(to_rgb8(picture.pixels), detections, recipe, segmenter)
    return finished_image(work, detections, segmenter, looked_for=recipe.targets)


def opened(data: bytes, recipe: Recipe, detectors: Sequence[Detector]) -> ImageWork:
    """Return a decoded picture with all that working on it takes.

    Raises:
        ImageError: The file is not an image that can be anonymized.
        ModelError: A class has no detector.
    """
    watch = _Stopwatch()
    used = detectors_for(recipe, detectors)
    with watch.on("decode"):
        picture = decode_image(data, limits=recipe.limits)
    if recipe.quality is not None:
        picture = replace(picture, coded=None)
    return ImageWork(data, picture, _across_the_seam(recipe, picture), used, watch)


def finished_image(
    work: ImageWork, detections: Detections, segmenter: Segmenter | None = None, *, looked_for: Iterable[ObjectClass]
) -> Anonymized:
    """Hide what was found, encode and verify; return only what passed the gate.

    Args:
        work: The picture.
        detections: What was found in it.
        segmenter: Who showed the outlines.
        looked_for: Which classes were looked for.

    Raises:
        ImageError: The picture shows too much that would have to be hidden.
        VerificationError: The result could not be proven safe.
    """
    watch, picture, recipe = work.watch, work.picture, work.recipe
    try:
        result = _hide_and_verify(work, detections)
    except NotKeptError as error:
        work = work.coded_whole(str(error))
        result = _hide_and_verify(work, detections)
    remarks = (*work.picture.remarks, *not_kept(picture.metadata, recipe.keep))
    with watch.on("masks"):
        masks = mask_files(result.regions, recipe, **work.size)
    checksum = hashlib.sha256(work.data).hexdigest()
    findings = findings_of_photo(
        result.detections,
        size=(work.size["width"], work.size["height"]),
        source=checksum,
        looked_for=looked_for,
        margin=recipe.margin,
    )
    return Anonymized(
        picture=result.data,
        binary_mask=masks[0],
        instance_mask=masks[1],
        detections=result.detections,
        regions=result.regions,
        findings=findings,
        **work.size,
        seconds=watch.seconds,
        report={
            **input_report(checksum, len(work.data), picture),
            "remarks": list(remarks),
            **output_report(result.data),
            **recipe_report(recipe, work.detectors, segmenter),
            **findings_report(result.detections, result.regions),
            "gate": gate_report(result.verdict),
            "seconds": {stage: round(spent, 4) for stage, spent in watch.seconds.items()},
        },
        remarks=remarks,
    )


def _few_enough(found: Detections, *, looks: int = 0) -> Detections:
    if len(found) > MOST_OBJECTS or looks > MOST_LOOKS:
        raise ImageTooLargeError(f"the picture shows more than {MOST_OBJECTS} things to hide; cut it into parts")
    return found


def _across_the_seam(recipe: Recipe, picture: Picture) -> Recipe:
    """Return the recipe with a panorama's grid where the picture is one and the customer asks for no other grid."""
    height, width = picture.pixels.shape[:2]
    told = picture.metadata.panorama
    looks_so = width >= LEAST_PANORAMA and abs(width - 2 * height) <= MOST_OFF_RATIO
    is_full_turn = told.is_full_turn if told else looks_so
    fits = recipe.grid is None and is_full_turn and width > 1
    return replace(recipe, grid=Grid.of_panorama(width, height)) if fits else recipe


def _hide_and_verify(work: ImageWork, found: Detections) -> _Result:
    """Return a file that passed the gate, with everything that is hidden in it.

    Raises:
        VerificationError: No file could be proven safe.
    """
    if work.recipe.method is None:
        return _Result(None, found, _regions(work, found), Verdict.nothing_hidden())
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
            return _Result(_for_checking(work, data, drawn, regions), detections, regions, verdict)
        detections = _few_enough(Detections.concat([detections, seen.exposed]), looks=seen.looks)
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

"""One picture from the bytes that came to the bytes that may leave."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import to_rgb8
from veil_vision.detect.views import find_in_all_views
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region
from veil_vision.hide.masks import mask_files
from veil_vision.hide.recipe import Recipe
from veil_vision.image.jpeg_coding import NotKeptError
from veil_vision.image.metadata import not_kept
from veil_vision.pipelines.gate_rounds import few_enough, hide_and_verify
from veil_vision.pipelines.image_work import ImageWork, opened
from veil_vision.pipelines.report import (
    findings_report,
    gate_report,
    input_report,
    output_report,
    recipe_report,
)
from veil_vision.segment.objects import with_outlines
from veil_vision.segment.segmenter import Segmenter
from veil_vision.track.findings import Findings, findings_of_photo


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
        detections = few_enough(find_in_all_views(picture.pixels, picture.alpha, recipe, work.detectors))
    with work.watch.on("outline"):
        detections = with_outlines(to_rgb8(picture.pixels), detections, recipe, segmenter)
    return finished_image(work, detections, segmenter, looked_for=recipe.targets)


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
    try:
        result = hide_and_verify(work, detections)
    except NotKeptError as error:
        work = work.coded_whole(str(error))
        result = hide_and_verify(work, detections)
    remarks = (*work.picture.remarks, *not_kept(work.picture.metadata, work.recipe.keep))
    with work.watch.on("masks"):
        masks = mask_files(result.regions, work.recipe, **work.size)
    checksum = hashlib.sha256(work.data).hexdigest()
    findings = findings_of_photo(
        result.detections,
        size=(work.size["width"], work.size["height"]),
        source=checksum,
        looked_for=looked_for,
        margin=work.recipe.margin,
    )
    return Anonymized(
        picture=result.data,
        binary_mask=masks[0],
        instance_mask=masks[1],
        detections=result.detections,
        regions=result.regions,
        findings=findings,
        **work.size,
        seconds=work.watch.seconds,
        report={
            **input_report(checksum, len(work.data), work.picture),
            "remarks": list(remarks),
            **output_report(result.data),
            **recipe_report(work.recipe, work.detectors, segmenter),
            **findings_report(result.detections, result.regions),
            "gate": gate_report(result.verdict),
            "seconds": {stage: round(spent, 4) for stage, spent in work.watch.seconds.items()},
        },
        remarks=remarks,
    )

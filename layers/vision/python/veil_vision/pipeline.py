"""One picture from the bytes that came to the bytes that may leave."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from veil_vision.boxes import suppress
from veil_vision.detections import Detections
from veil_vision.detectors.detector import Detector
from veil_vision.errors import VerificationError
from veil_vision.finding import as_seen, detectors_for, find_all
from veil_vision.images import Picture, decode_image
from veil_vision.masks import binary_mask, encode_mask, instance_mask
from veil_vision.recipe import Recipe
from veil_vision.regions import Region, regions_of
from veil_vision.render import draw, encode
from veil_vision.report import Verdict, findings_report, gate_report, input_report, output_report, recipe_report
from veil_vision.verify import SecondLook, look_at_result, require_clean, require_covered

# Draw as asked; draw again with what the second look asked for; once more for what that brought up.
ROUNDS = 3
DUPLICATE_IOU = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Anonymized:
    """A verified result.

    Attributes:
        picture: The file, or None where nothing was to be hidden (masks only).
        binary_mask: PNG file, or None where not asked for.
        instance_mask: PNG file, or None where not asked for.
        detections: Everything found, hidden or not.
        regions: Per detection what was hidden of it; None where ignore zones leave nothing.
        width: Of the upright picture, in pixels.
        height: Of the upright picture, in pixels.
        seconds: Time spent, by stage.
        report: How it was made and what was checked; plain values, ready for JSON.
    """

    picture: bytes | None
    binary_mask: bytes | None
    instance_mask: bytes | None
    detections: Detections
    regions: tuple[Region | None, ...]
    width: int
    height: int
    seconds: dict[str, float]
    report: dict[str, object]


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
class _Result:
    """A file that passed the gate, or None where nothing was to be hidden."""

    data: bytes | None
    detections: Detections
    regions: tuple[Region | None, ...]
    verdict: Verdict


def anonymize_image(data: bytes, recipe: Recipe, detectors: Sequence[Detector]) -> Anonymized:
    """Find, hide, encode and verify; return only what passed the gate.

    Raises:
        ImageError: The file is not an image that can be anonymized.
        ModelError: A class has no detector.
        VerificationError: The result could not be proven safe.
    """
    watch = _Stopwatch()
    used = detectors_for(recipe, detectors)
    with watch.on("decode"):
        picture = decode_image(data, limits=recipe.limits)
    with watch.on("detect"):
        detections = find_all(as_seen(picture.pixels), recipe, used)
    result = _hide_and_verify(picture, detections, recipe, used, watch)
    height, width = picture.pixels.shape[:2]
    with watch.on("masks"):
        masks = _masks(result.regions, recipe, width=width, height=height)
    return Anonymized(
        picture=result.data,
        binary_mask=masks[0],
        instance_mask=masks[1],
        detections=result.detections,
        regions=result.regions,
        width=width,
        height=height,
        seconds=watch.seconds,
        report={
            **input_report(data, picture),
            **output_report(result.data),
            **recipe_report(recipe, used),
            **findings_report(result.detections, result.regions),
            "gate": gate_report(result.verdict),
            "seconds": {stage: round(spent, 4) for stage, spent in watch.seconds.items()},
        },
    )


def _hide_and_verify(
    picture: Picture, detections: Detections, recipe: Recipe, detectors: Sequence[Detector], watch: _Stopwatch
) -> _Result:
    if recipe.look is None:
        return _Result(None, detections, _regions(detections, picture, recipe), Verdict.nothing_hidden())
    blackened: list[int] = []
    for round_number in range(1, ROUNDS + 1):
        regions = _regions(detections, picture, recipe)
        data, second = _draw_and_look(picture, regions, recipe, blackened=blackened, detectors=detectors, watch=watch)
        missed = _that_leave_a_region(second.missed, picture, recipe)
        if not second.revealing and not len(missed):
            return _Result(data, detections, regions, Verdict(round_number, second.sightings, tuple(blackened)))
        # Indices stay valid, for what was missed is added at the end.
        blackened = sorted({*blackened, *second.revealing})
        detections = Detections.concat([detections, missed])
    raise VerificationError(f"After {ROUNDS} attempts something in the result still reads as what was to be hidden.")


def _draw_and_look(
    picture: Picture,
    regions: Sequence[Region | None],
    recipe: Recipe,
    *,
    blackened: Sequence[int],
    detectors: Sequence[Detector],
    watch: _Stopwatch,
) -> tuple[bytes, SecondLook]:
    height, width = picture.pixels.shape[:2]
    require_covered(regions, recipe, width=width, height=height)
    with watch.on("hide"):
        drawn = draw(picture, regions, recipe, blackened=blackened)
    with watch.on("encode"):
        data = encode(drawn, recipe)
    with watch.on("verify"):
        shown = require_clean(data, drawn, regions)
        return data, look_at_result(shown, regions, recipe, detectors)


def _regions(detections: Detections, picture: Picture, recipe: Recipe) -> tuple[Region | None, ...]:
    height, width = picture.pixels.shape[:2]
    found: list[Region | None] = []
    for index in range(len(detections)):
        one = regions_of(
            detections.select(_only(index)), recipe.styles, width=width, height=height, ignore_zones=recipe.ignore_zones
        )
        found.append(one[0] if one else None)
    return tuple(found)


def _that_leave_a_region(missed: Detections, picture: Picture, recipe: Recipe) -> Detections:
    """Return the sightings, each once, of which something is to be hidden."""
    once = missed.select(suppress(missed.boxes, missed.scores, iou_threshold=DUPLICATE_IOU))
    regions = _regions(once, picture, recipe)
    return once.select(np.array([region is not None for region in regions], dtype=np.bool_))


def _masks(
    regions: Sequence[Region | None], recipe: Recipe, *, width: int, height: int
) -> tuple[bytes | None, bytes | None]:
    hidden = [region for region in regions if region is not None]
    scale = recipe.mask_scale
    return (
        encode_mask(binary_mask(hidden, width=width, height=height, scale=scale)) if recipe.binary_mask else None,
        encode_mask(instance_mask(hidden, width=width, height=height, scale=scale)) if recipe.instance_mask else None,
    )


def _only(index: int) -> NDArray[np.intp]:
    return np.array([index], dtype=np.intp)

"""How a result was made and what was checked: the evidence that goes with it."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from veil_vision.detect.detector import Detector
from veil_vision.detect.thresholds import SECOND_LOOK, threshold_of
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Region
from veil_vision.hide.recipe import Recipe
from veil_vision.image.files import Picture
from veil_vision.models.model import Model
from veil_vision.segment.segmenter import Segmenter

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate found before it opened.

    Attributes:
        rounds: How often the picture was drawn until it passed; 0 where nothing was to be hidden.
        sightings: What the second look saw, all of it harmless: see `resemblances`; the rest is beside the regions,
            and below the score at which it would count, or in an ignore zone.
        resemblances: How many of these are made of replaced pixels and are nothing in the source.
        added: How many objects the second look added, whole or in part, to what the first one found.
    """

    rounds: int
    sightings: int
    resemblances: int
    added: int

    @classmethod
    def nothing_hidden(cls) -> "Verdict":
        """Return the verdict on a run that makes masks only."""
        return cls(0, 0, 0, 0)


def input_report(checksum: str, size_bytes: int, picture: Picture) -> dict[str, object]:
    """Return what came in. It names the file by checksum only."""
    height, width = picture.pixels.shape[:2]
    return {
        "schema_version": SCHEMA_VERSION,
        "input": {"sha256": checksum, "bytes": size_bytes, "format": (picture.kind or picture.format).lower()},
        "size": [width, height],
        "colours": picture.colour_note,
    }


def output_report(result: bytes | None) -> dict[str, object]:
    """Return what may leave."""
    return {
        "verdict": "nothing hidden" if result is None else "verified",
        "output": result and {"sha256": hashlib.sha256(result).hexdigest(), "bytes": len(result)},
    }


def recipe_report(
    recipe: Recipe, detectors: Sequence[Detector], segmenter: Segmenter | None = None
) -> dict[str, object]:
    """Return what was asked for and which models looked."""
    return {
        "method": recipe.method,
        "profile": recipe.profile.name,
        "models": [_model(detector, recipe) for detector in detectors],
        "segmenter": segmenter and _identity(segmenter),
    }


def findings_report(detections: Detections, regions: Sequence[Region | None]) -> dict[str, object]:
    """Return how much was found and hidden."""
    return {
        "found": dict(Counter(detections.classes)),
        "outlined": sum(segment is not None for segment in detections.segments),
        "hidden": sum(region is not None for region in regions),
    }


def gate_report(verdict: Verdict) -> dict[str, object]:
    """Return what the gate saw."""
    return {
        "rounds": verdict.rounds,
        "added": verdict.added,
        "second_look_threshold_share": SECOND_LOOK,
        "second_look_sightings": verdict.sightings,
        "second_look_resemblances": verdict.resemblances,
    }


def _model(detector: Detector, recipe: Recipe) -> dict[str, object]:
    return {
        **_identity(detector),
        "thresholds": {
            each: threshold_of(detector, each, recipe) for each in detector.classes if each in recipe.targets
        },
    }


def _identity(model: Model) -> dict[str, object]:
    return {"name": model.name, "sha256": model.sha256, "provider": model.provider}

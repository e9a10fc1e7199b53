"""How a video was made and what was checked: the evidence that goes with it."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from veil_vision.detect.detector import Detector
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.report import SCHEMA_VERSION, recipe_report
from veil_vision.segment.segmenter import Segmenter
from veil_vision.track.findings import Findings


def video_report(
    source: Path,
    target: Path | None,
    findings: Findings,
    recipe: Recipe,
    detectors: Sequence[Detector],
    *,
    segmenter: Segmenter | None,
) -> dict[str, object]:
    """Return what came in, what may leave, what was asked for and what was found.

    Of the files nothing is told but checksum and size; a target of None means that nothing was to be hidden.
    """
    video = findings.video
    return {
        "schema_version": SCHEMA_VERSION,
        "input": {"sha256": findings.source, "bytes": source.stat().st_size},
        "size": list(findings.size),
        "frames": video.frames,
        "rate": round(video.rate, 3),
        "looked_at": video.looked_at,
        "verdict": "verified" if target else "nothing hidden",
        "output": target and {"sha256": checksum_of(target), "bytes": target.stat().st_size},
        **recipe_report(recipe, detectors, segmenter),
        "found": dict(Counter(track.object_class for track in video.tracks)),
        "exposure": video.ledger.as_json(),
    }


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

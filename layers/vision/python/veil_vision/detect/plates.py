"""Veil's own licence-plate network: it marks plate centres on a map with a stride of 8 pixels.

How it was made and what it is worth: training/plates/README.md.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels, blob, padded
from veil_vision.detect.onnx_detector import OnnxDetector
from veil_vision.detect.plate_verifier import PlateVerifier
from veil_vision.geometry.boxes import Boxes, area, suppress
from veil_vision.geometry.detections import Detections
from veil_vision.models.cards import ModelCard
from veil_vision.models.sessions import Session

CELL = 8
PADDING = 127
# The network's edges lie a little inside those that people mark: this share of a plate's height is added all around.
RIM = 0.125
NMS_IOU = 0.3
# Score from which the network suspects a plate, and how many places of a view are looked at closely, the surest. Others
# count by its own score: a car park must not show the plates for which no look was left.
SUSPECTED, MOST_VERIFIED = 0.3, 48
# Share of the verifier in the log odds of a score.
SHARE = 0.5
LEAST_ODDS = 1e-4
# What takes more than this share of a view must be surer, by as much in log odds: a plate in a close-up is, and a false
# region of that size hides half a photo. Not where the first network is as sure as `SURE`: the verifier doubts square
# plates with two lines, and what is no plate and that large scores less.
LARGE, DOUBT, SURE = 0.04, 0.5, 0.7
# A box grows to the edges that the verifier sees by half of its height at most, so that a slip makes no fog.
MOST_GROWN = 0.5


class Plates(OnnxDetector):
    """Finds licence plates; a `Detector`."""

    def __init__(self, card: ModelCard, session: Session, verifier: PlateVerifier) -> None:
        """Take a card, a session of that card's bytes, and what looks closely at what that network suspects."""
        super().__init__(card, session)
        self._verifier = verifier

    @property
    def sha256(self) -> str:
        """Checksums of both networks."""
        return f"{super().sha256}+{self._verifier.sha256}"

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """See `Detector.detect`."""
        first = self.suspected(pixels, threshold=SUSPECTED, long_side=long_side)
        verified, seen = self._verifier.judge(pixels, first.boxes[:MOST_VERIFIED])
        large = area(first.boxes) > LARGE * pixels.shape[0] * pixels.shape[1]
        sure = together(first.scores[:MOST_VERIFIED], verified, large[:MOST_VERIFIED])
        scores = np.concatenate([sure, first.scores[MOST_VERIFIED:]])
        boxes = np.concatenate([grown_to(first.boxes[:MOST_VERIFIED], seen), first.boxes[MOST_VERIFIED:]])
        best_first = np.argsort(-scores, kind="stable")
        found = Detections(boxes, scores, first.classes)
        return found.select(best_first[scores[best_first] >= threshold])

    def suspected(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """Return what the first network alone takes for plates, best first."""
        image, frame = padded(pixels, long_side, value=PADDING)
        boxes, scores = decode(self._session.run(blob(image)), threshold)
        keep = suppress(boxes, scores, iou_threshold=NMS_IOU)
        return Detections.of(frame.to_source(with_rim(boxes[keep])), scores[keep], self.classes[0])


def together(first: NDArray[np.float32], second: NDArray[np.float32], large: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the scores (n,) of boxes by what both networks say: the mean of their log odds, less `DOUBT` if large.

    What the first network is sure of is not doubted.
    """
    odds = (1 - SHARE) * _log_odds(first) + SHARE * _log_odds(second) - DOUBT * (large & (first < SURE))
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def grown_to(boxes: Boxes, seen: Boxes) -> Boxes:
    """Return boxes (n, 4) grown to what was seen of each, as far as they may."""
    reach = MOST_GROWN * (boxes[:, 3:] - boxes[:, 1:2])
    low = np.minimum(boxes[:, :2], seen[:, :2]).clip(boxes[:, :2] - reach)
    high = np.maximum(boxes[:, 2:], seen[:, 2:]).clip(max=boxes[:, 2:] + reach)
    return np.concatenate([low, high], axis=1)


def _log_odds(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    inside = scores.clip(LEAST_ODDS, 1 - LEAST_ODDS)
    return np.asarray(np.log(inside / (1 - inside)), np.float32)


def decode(outputs: Mapping[str, NDArray[np.float32]], threshold: float) -> tuple[Boxes, NDArray[np.float32]]:
    """Return boxes (n, 4) in pixels of the network's input, and scores (n,), of all cells at or above the threshold.

    The outputs, each (1, channels, height / 8, width / 8): `score`; `edges`, the distances from the cell's centre
    to the plate's left, upper, right and lower edge, in pixels of the input.
    """
    score, edges = outputs["score"][0, 0], outputs["edges"][0]
    rows, columns = np.nonzero(score >= threshold)
    centre = CELL * (np.stack([columns, rows], axis=1) + 0.5)
    reach = edges[:, rows, columns].T
    boxes = np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], axis=1)
    return boxes.astype(np.float32), score[rows, columns]


def with_rim(boxes: Boxes) -> Boxes:
    """Return boxes with the plate's rim on every side, not clipped."""
    rim = RIM * (boxes[:, 3:] - boxes[:, 1:2])
    return np.concatenate([boxes[:, :2] - rim, boxes[:, 2:] + rim], axis=1)

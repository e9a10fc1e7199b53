"""Veil's own licence-plate network: it marks plate centres on a map with a stride of 4 pixels.

How it was made and what it is worth: training/plates/README.md.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.characters import show_characters
from veil_vision.detect.inputs import Pixels, blob, padded
from veil_vision.detect.onnx_detector import OnnxDetector
from veil_vision.geometry.boxes import Boxes, suppress
from veil_vision.geometry.detections import Detections

CELL = 4
PADDING = 127
# The network's edges lie a little inside those that people mark: this share of a plate's height is added all around.
RIM = 0.1
NMS_IOU = 0.3


class Plates(OnnxDetector):
    """Finds licence plates; a `Detector`."""

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """See `Detector.detect`."""
        image, frame = padded(pixels, long_side, value=PADDING)
        boxes, scores = decode(self._session.run(blob(image)), threshold)
        keep = suppress(boxes, scores, iou_threshold=NMS_IOU)
        found = Detections.of(frame.to_source(with_rim(boxes[keep])), scores[keep], self.classes[0])
        return found.select(show_characters(pixels, found.boxes, found.scores))


def decode(outputs: Mapping[str, NDArray[np.float32]], threshold: float) -> tuple[Boxes, NDArray[np.float32]]:
    """Return boxes (n, 4) in pixels of the network's input, and scores (n,), of all cells at or above the threshold.

    The outputs, each (1, channels, height / 4, width / 4): `score`; `edges`, the distances from the cell's centre
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

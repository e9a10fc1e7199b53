"""CenterFace: an anchor-free face detector that marks face centres on a map with a stride of 4 pixels."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels, blob, stretched
from veil_vision.detect.onnx_detector import OnnxDetector
from veil_vision.geometry.boxes import Boxes, suppress
from veil_vision.geometry.detections import Detections

CELL = 4
NMS_IOU = 0.3


class CenterFace(OnnxDetector):
    """Finds faces; a `Detector`."""

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """See `Detector.detect`."""
        image, frame = stretched(pixels, long_side)
        boxes, scores = decode(self._session.run(blob(image)), threshold)
        keep = suppress(boxes, scores, iou_threshold=NMS_IOU)
        return Detections.of(frame.to_source(boxes[keep]), scores[keep], self.classes[0])


def decode(outputs: Mapping[str, NDArray[np.float32]], threshold: float) -> tuple[Boxes, NDArray[np.float32]]:
    """Return boxes (n, 4) in pixels of the network's input, and scores (n,), of all cells at or above the threshold.

    The outputs, by the names the network gives them, each (1, channels, height / 4, width / 4):
    537 score; 538 logarithms of height and width in cells; 539 offsets of the centre, y and x, in cells.
    """
    score, log_sides, offset = (outputs[name][0] for name in ("537", "538", "539"))
    rows, columns = np.nonzero(score[0] >= threshold)
    centre = np.stack([columns + offset[1, rows, columns], rows + offset[0, rows, columns]], axis=1) + 0.5
    half = np.exp(log_sides[::-1, rows, columns].T) / 2
    boxes = CELL * np.concatenate([centre - half, centre + half], axis=1)
    return boxes.astype(np.float32), score[0, rows, columns]

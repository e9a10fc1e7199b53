"""YuNet: a very small face detector with one anchor point per cell on maps of three strides."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels, blob, padded
from veil_vision.detect.onnx_detector import OnnxDetector
from veil_vision.geometry.boxes import Boxes, suppress
from veil_vision.geometry.detections import Detections

STRIDES = (8, 16, 32)
NMS_IOU = 0.45


class YuNet(OnnxDetector):
    """Finds faces; a `Detector`."""

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """See `Detector.detect`."""
        image, frame = padded(pixels, long_side)
        boxes, scores = decode(self._session.run(blob(image, bgr=True)), threshold, width=image.shape[1])
        keep = suppress(boxes, scores, iou_threshold=NMS_IOU)
        return Detections.of(frame.to_source(boxes[keep]), scores[keep], self.classes[0])


def decode(
    outputs: Mapping[str, NDArray[np.float32]], threshold: float, *, width: int
) -> tuple[Boxes, NDArray[np.float32]]:
    """Return boxes (n, 4) in pixels of the network's input, and scores (n,), of all cells at or above the threshold.

    For each stride s there are outputs cls_s and obj_s (1, cells, 1), whose geometric mean is the score, and
    bbox_s (1, cells, 4): centre offset x and y in cells, logarithms of width and height in cells. Cells run
    row by row through an input of the given width.
    """
    parts = [_decode_stride(outputs, threshold, stride, width // stride) for stride in STRIDES]
    return np.concatenate([boxes for boxes, _ in parts]), np.concatenate([scores for _, scores in parts])


def _decode_stride(
    outputs: Mapping[str, NDArray[np.float32]], threshold: float, stride: int, columns: int
) -> tuple[Boxes, NDArray[np.float32]]:
    likely, there = (outputs[f"{name}_{stride}"][0, :, 0].clip(0, 1) for name in ("cls", "obj"))
    scores = np.sqrt(likely * there)
    (cells,) = np.nonzero(scores >= threshold)
    shape = outputs[f"bbox_{stride}"][0, cells]
    centre = np.stack([cells % columns, cells // columns], axis=1) + shape[:, :2]
    half = np.exp(shape[:, 2:]) / 2
    boxes = stride * np.concatenate([centre - half, centre + half], axis=1)
    return boxes.astype(np.float32), scores[cells]

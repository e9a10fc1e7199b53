"""NanoDet-Plus: a detector of the 80 kinds of objects in COCO, of which Veil takes persons and vehicles.

How far an object reaches to each side of a cell is answered by a distribution over whole numbers of cells,
whose mean counts: "Generalized Focal Loss" (Li et al., 2020). Unlike its forerunners it counts from a cell's upper
left corner.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.coco import COCO_CLASSES, best_of
from veil_vision.detect.inputs import Pixels, blob, padded
from veil_vision.detect.onnx_detector import OnnxDetector
from veil_vision.geometry.boxes import Boxes
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass

STRIDES = (8, 16, 32, 64)
KINDS = 80
# Of B, G and R, as in the network's training.
MEAN = np.array([103.53, 116.28, 123.675], np.float32).reshape(1, 3, 1, 1)
DEVIATION = np.array([57.375, 57.12, 58.395], np.float32).reshape(1, 3, 1, 1)
NMS_IOU = 0.6


class NanoDet(OnnxDetector):
    """Finds persons and vehicles; a `Detector`."""

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """See `Detector.detect`."""
        image, frame = padded(pixels, long_side)
        boxes, scores = decode(self._session.run((blob(image, bgr=True) - MEAN) / DEVIATION), threshold)
        return best_of(frame.to_source(boxes), scores, self.classes, threshold=threshold, iou_threshold=NMS_IOU)


def decode(
    outputs: Mapping[str, NDArray[np.float32]], threshold: float
) -> tuple[Boxes, Mapping[ObjectClass, NDArray[np.float32]]]:
    """Return boxes (n, 4) in pixels of the network's input, and scores (n,) by class, of all cells that may count.

    For each stride s there is an output head_s (1, 80 + 4 * bins, height / s, width / s), sizes rounded up: logits
    of the kinds of objects, then those of the distance in cells to the left, upper, right and lower side.
    """
    parts = [_decode_stride(outputs[f"head_{stride}"][0], stride, threshold) for stride in STRIDES]
    scores = np.concatenate([scores for _, scores in parts], axis=1)
    return np.concatenate([boxes for boxes, _ in parts]), dict(zip(COCO_CLASSES, scores, strict=True))


def _decode_stride(head: NDArray[np.float32], stride: int, threshold: float) -> tuple[Boxes, NDArray[np.float32]]:
    kinds, distances = np.split(head.reshape(len(head), -1), [KINDS])
    scores = 1 / (1 + np.exp(-np.stack([kinds[list(rows)].max(axis=0) for rows in COCO_CLASSES.values()])))
    (cells,) = np.nonzero(scores.max(axis=0) >= threshold)
    columns = head.shape[2]
    corner = np.stack([cells % columns, cells // columns], axis=1)
    reach = _mean(distances.reshape(4, -1, distances.shape[1])[:, :, cells]).T
    boxes = stride * np.concatenate([corner - reach[:, :2], corner + reach[:, 2:]], axis=1)
    return boxes.astype(np.float32), scores[:, cells]


def _mean(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means (4, n) of distributions over 0, 1, 2..., given by logits (4, bins, n)."""
    weights = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    numbers = np.arange(logits.shape[1], dtype=np.float32)[:, None]
    return np.asarray((weights * numbers).sum(axis=1) / weights.sum(axis=1), np.float32)

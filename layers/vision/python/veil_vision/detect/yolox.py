"""YOLOX: a detector of the 80 kinds of objects in COCO, of which Veil takes persons and vehicles."""

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.coco import COCO_CLASSES, best_of
from veil_vision.detect.inputs import Pixels, blob, padded
from veil_vision.detect.onnx_detector import OnnxDetector
from veil_vision.geometry.boxes import Boxes
from veil_vision.geometry.detections import Detections

OUTPUT = "output"
STRIDES = (8, 16, 32)
PADDING = 114
NMS_IOU = 0.45


class Yolox(OnnxDetector):
    """Finds persons and vehicles; a `Detector`."""

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """See `Detector.detect`."""
        image, frame = padded(pixels, long_side, value=PADDING)
        boxes, scores = decode(self._session.run(blob(image, bgr=True))[OUTPUT][0], width=image.shape[1])
        by_class = {each: scores[:, rows].max(axis=1) for each, rows in COCO_CLASSES.items()}
        return best_of(frame.to_source(boxes), by_class, self.classes, threshold=threshold, iou_threshold=NMS_IOU)


def decode(output: NDArray[np.float32], *, width: int) -> tuple[Boxes, NDArray[np.float32]]:
    """Return a box in pixels of the network's input for every cell, and its scores for the classes of COCO.

    Args:
        output: float32 (cells, 85): centre offset x and y in cells, logarithms of width and height in
            cells, whether there is an object, which of 80 classes. Cells run row by row, stride by stride.
        width: Of the network's input, whose height follows from the number of cells.
    """
    grid, strides = _cells(len(output), width)
    centre = (output[:, :2] + grid) * strides
    half = np.exp(output[:, 2:4]) * strides / 2
    return np.concatenate([centre - half, centre + half], axis=1), output[:, 4:5] * output[:, 5:]


def _cells(count: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return column and row (count, 2) and stride (count, 1) of every cell."""
    height = round(count / sum(width / stride**2 for stride in STRIDES))
    grids = [np.indices((height // stride, width // stride))[::-1].reshape(2, -1).T for stride in STRIDES]
    strides = np.repeat(STRIDES, [len(grid) for grid in grids])[:, None]
    return np.concatenate(grids).astype(np.float32), strides.astype(np.float32)

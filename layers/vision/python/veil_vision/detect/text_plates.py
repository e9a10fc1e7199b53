"""Licence plates by a scene-text detector (PP-OCR's): text of a plate's shape, with the plate's rim added.

Shop signs and road signs of that shape are found as well. Decoding follows "Real-time Scene Text Detection
with Differentiable Binarization" (Liao et al., 2020): the network marks shrunken cores of text, which grow back
by an offset of area times `UNCLIP` over perimeter.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Frame, Pixels, blob, stretched
from veil_vision.detect.onnx_detector import OnnxDetector
from veil_vision.geometry.boxes import Boxes, suppress
from veil_vision.geometry.detections import Detections

OUTPUT = "fetch_name_0"
# ImageNet's, which the network was trained with. They are those of R, G and B, but it applies them to B, G and R.
MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1) * 255
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1) * 255
# A pixel is text from this probability on.
TEXT = 0.2
LEAST_SIDE = 3
UNCLIP = 2.0
# Width over height of what may be a plate, seen upright; and its width as a share of the picture's.
RATIOS = (1.0, 9.0)
MOST_WIDTH = 0.7
# The network takes some cars and trees for huge letters. Where its letters cover more than this share of the
# picture, they must be this much wider than high together and fill this share of their rectangle.
LARGE = 0.01
LARGE_RATIO, LARGE_FILL = 2.0, 0.75
# What lies around the characters of a plate, as a share of the text's smaller side: left and right, above and below.
RIM = (0.3, 0.4)
NMS_IOU = 0.5


class TextPlates(OnnxDetector):
    """Finds text of a licence plate's shape; a `Detector`."""

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """See `Detector.detect`."""
        image, frame = stretched(pixels, long_side)
        outputs = self._session.run((blob(image, bgr=True) - MEAN) / DEVIATION)
        texts, scores = decode(outputs[OUTPUT][0, 0], threshold)
        boxes, scores = _plates(frame.to_source(texts), scores, frame)
        keep = suppress(boxes, scores, iou_threshold=NMS_IOU)
        return Detections.of(boxes[keep], scores[keep], self.classes[0])


def decode(probability: NDArray[np.float32], threshold: float) -> tuple[Boxes, NDArray[np.float32]]:
    """Return upright boxes (n, 4) around each piece of text, in pixels of the map, and its mean probability (n,).

    Args:
        probability: float32 (height, width), that a pixel belongs to the core of a text.
        threshold: Least mean probability.
    """
    cores = (probability >= TEXT).astype(np.uint8)
    outlines, _ = cv2.findContours(cores, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    likely = [outline for outline in outlines if _may_be_text(outline, probability)]
    boxes = np.array([_grown(outline) for outline in likely], np.float32).reshape(-1, 4)
    scores = np.array([_mean_within(outline, probability) for outline in likely], np.float32)
    return boxes[scores >= threshold], scores[scores >= threshold]


def _may_be_text(outline: cv2.typing.MatLike, probability: NDArray[np.float32]) -> bool:
    _, between_centres, _ = cv2.minAreaRect(outline)
    low, high = sorted(_sides(between_centres))
    if low * high <= LARGE * probability.size:
        return low >= LEAST_SIDE
    return high >= LARGE_RATIO * low and cv2.contourArea(outline) >= LARGE_FILL * low * high


def _sides(between_centres: Sequence[float]) -> tuple[float, float]:
    """Return the sides of a rectangle whose corners are centres of pixels, measured to their outer edges."""
    return between_centres[0] + 1, between_centres[1] + 1


def _grown(outline: cv2.typing.MatLike) -> NDArray[np.float32]:
    """Return the upright box around the text of which the outline encloses the core."""
    (x, y), between_centres, angle = cv2.minAreaRect(outline)
    width, height = _sides(between_centres)
    offset = UNCLIP * width * height / (2 * (width + height))
    corners = cv2.boxPoints(((x + 0.5, y + 0.5), (width + 2 * offset, height + 2 * offset), angle))
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def _mean_within(outline: cv2.typing.MatLike, probability: NDArray[np.float32]) -> float:
    x, y, width, height = cv2.boundingRect(outline)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [outline], -1, 1, cv2.FILLED, offset=(-x, -y))
    return float(probability[y : y + height, x : x + width][inside > 0].mean())


def _plates(texts: Boxes, scores: NDArray[np.float32], frame: Frame) -> tuple[Boxes, NDArray[np.float32]]:
    """Return those texts that have a plate's shape, with the plate's rim, in pixels of the source."""
    width, height = (texts[:, 2:] - texts[:, :2]).T
    least, most = RATIOS
    like = (width >= least * height) & (width <= most * height) & (width < MOST_WIDTH * frame.width)
    rim = np.minimum(width, height)[:, None] * np.array(RIM, np.float32)
    padded = np.concatenate([texts[:, :2] - rim, texts[:, 2:] + rim], axis=1)
    limit = np.array([frame.width, frame.height] * 2, np.float32)
    return padded.clip(0, limit)[like], scores[like]

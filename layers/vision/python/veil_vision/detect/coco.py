"""What detectors of the 80 kinds of objects in COCO have in common; Veil takes persons and vehicles."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Boxes, suppress
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass

# Row numbers of COCO's classes. Bicycles and trains are not vehicles with a plate or a driver to be recognized.
COCO_CLASSES: Mapping[ObjectClass, tuple[int, ...]] = {
    ObjectClass.PERSON: (0,),
    ObjectClass.VEHICLE: (2, 3, 5, 7),  # car, motorcycle, bus, truck
}


def best_of(
    boxes: Boxes,
    scores: Mapping[ObjectClass, NDArray[np.float32]],
    classes: Sequence[ObjectClass],
    *,
    threshold: float,
    iou_threshold: float,
) -> Detections:
    """Return the boxes (n, 4) that count as one of the classes, best first, each object of a class once.

    Args:
        boxes: Of all cells.
        scores: Of all cells (n,), by class.
        classes: Those to return.
        threshold: Least score that counts.
        iou_threshold: Overlap from which two boxes of a class are one object.
    """
    found = [_best(boxes, scores[each], each, threshold, iou_threshold) for each in classes]
    return Detections.concat(found).best_first()


def _best(
    boxes: Boxes, scores: NDArray[np.float32], object_class: ObjectClass, threshold: float, iou_threshold: float
) -> Detections:
    (likely,) = np.nonzero(scores >= threshold)
    keep = likely[suppress(boxes[likely], scores[likely], iou_threshold=iou_threshold)]
    return Detections.of(boxes[keep], scores[keep].clip(0, 1), object_class)

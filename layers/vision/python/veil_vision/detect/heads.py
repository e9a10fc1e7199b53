"""Heads guessed from persons: where a face is too small, too dark or too far turned for any network of faces."""

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels
from veil_vision.geometry.boxes import Boxes
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.plans import SearchPlan

# Of larger persons, in pixels of the closest look, networks of faces find the face themselves if it shows.
LARGEST_PERSON = 200
# The head lies in the upper part of the box: this high as a share of the box's width, and at most of its height.
# Its width is the whole box's, since arms and bags move the head aside. Of 61 faces in boxes of small persons in the
# photos of `benchmarks/faces.csv`, nine in ten lie in it.
HEIGHT_BY_WIDTH, MOST_HEIGHT = 0.7, 0.75


def heads_of(persons: Detections, faces: Detections, plan: SearchPlan, pixels: Pixels) -> Detections:
    """Return, as faces, where the heads of small persons should be in whom no face was found.

    Args:
        persons: Found in the picture by a detector with this plan.
        faces: Found in the same picture.
        plan: Tells how large the picture was for that detector.
        pixels: uint8 (height, width, 3).
    """
    shrunk = min(1.0, plan.fine_scale(pixels.shape[1], pixels.shape[0]))
    sides = persons.boxes[:, 2:] - persons.boxes[:, :2]
    heads = persons.boxes.copy()
    heads[:, 3] = heads[:, 1] + np.minimum(MOST_HEIGHT * sides[:, 1], HEIGHT_BY_WIDTH * sides[:, 0])
    small = sides.max(axis=1, initial=0) * shrunk < LARGEST_PERSON
    wanted = small & ~_has_face(heads, faces.boxes)
    return Detections.of(heads[wanted], persons.scores[wanted], ObjectClass.FACE)


def _has_face(heads: Boxes, faces: Boxes) -> NDArray[np.bool_]:
    centres = (faces[None, :, :2] + faces[None, :, 2:]) / 2
    within = (heads[:, None, :2] <= centres) & (centres <= heads[:, None, 2:])
    return np.asarray(within.all(axis=-1).any(axis=-1), dtype=np.bool_)

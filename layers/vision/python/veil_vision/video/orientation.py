"""How a player turns stored frames before it shows them, and places of the shown frame in the stored one."""

import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import Zone

UPRIGHT = 1
# From this one on, width and height change places.
FIRST_TURNED = 5
# How the stored frame is flipped once its width and height are those of the frame as it is shown, or changed places.
FLIPPED_ACROSS, FLIPPED_DOWN = {2, 3, 7, 8}, {3, 4, 6, 7}
_MATRIX = struct.Struct("=9i")

# The display matrix (ISO/IEC 14496-12, 6.2.2) takes stored x, y to a x + c y, b x + d y. By the signs of (a, b,
# c, d): the number that EXIF has for the same way of lying (see `image.orientation`).
_EXIF: Mapping[tuple[int, int, int, int], int] = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}


def read_matrix(data: bytes) -> tuple[int, ...]:
    """Return the nine numbers of a display matrix as decoders hand it out.

    Raises:
        ValueError: It has another length.
    """
    if len(data) != _MATRIX.size:
        raise ValueError(f"a display matrix has {_MATRIX.size} bytes, got {len(data)}")
    return _MATRIX.unpack(data)


def orientation_of(matrix: tuple[int, ...] | None) -> int:
    """Return the EXIF orientation that is nearest to what a display matrix means; upright for none.

    A matrix may also scale or lean: detectors see faces that lie on their side less well than ones that lean a little.
    """
    if matrix is None:
        return UPRIGHT
    a, b, _, c, d = matrix[:5]
    lies = abs(b) + abs(c) > abs(a) + abs(d)
    nearest = (0, _sign(b), _sign(c), 0) if lies else (_sign(a), 0, 0, _sign(d))
    return _EXIF.get(nearest, UPRIGHT)


def turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return width and height of the frame when it is turned, either way."""
    return size[::-1] if orientation >= FIRST_TURNED else size


def stored_detections(found: Detections, shown: tuple[int, int], orientation: int) -> Detections:
    """Return detections made in a shown frame of the given size in pixels of the stored one, scaled alike."""
    if orientation == UPRIGHT:
        return found
    boxes = stored_boxes(found.boxes, turned(shown, orientation), orientation)
    segments = [each and _stored_segment(each, turned(shown, orientation), orientation) for each in found.segments]
    return Detections(boxes, found.scores, found.classes, tuple(segments), found.tracks)


def _stored_segment(segment: Segment, stored: tuple[int, int], orientation: int) -> Segment:
    box = np.array([segment.place], dtype=np.float32)
    x1, y1, x2, y2 = (round(edge) for edge in stored_boxes(box, stored, orientation)[0].tolist())
    cells = segment.cells.T if orientation >= FIRST_TURNED else segment.cells
    cells = cells[:, ::-1] if orientation in FLIPPED_ACROSS else cells
    return Segment.of((x1, y1, x2, y2), cells[::-1] if orientation in FLIPPED_DOWN else cells)


def stored_zone(zone: Zone, shown: tuple[int, int], orientation: int) -> Zone:
    """Return a zone of the shown frame in pixels of the stored one."""
    box = np.array([[zone.x1, zone.y1, zone.x2, zone.y2]], dtype=np.float32)
    return Zone(*(round(edge) for edge in stored_boxes(box, turned(shown, orientation), orientation)[0].tolist()))


def stored_boxes(boxes: NDArray[np.float32], stored: tuple[int, int], orientation: int) -> NDArray[np.float32]:
    """Return boxes of a shown frame where they lie in the stored one, whose size is given."""
    width, height = stored
    u1, v1, u2, v2 = boxes.T
    x1, x2 = (v1, v2) if orientation >= FIRST_TURNED else (u1, u2)
    y1, y2 = (u1, u2) if orientation >= FIRST_TURNED else (v1, v2)
    if orientation in FLIPPED_ACROSS:
        x1, x2 = width - x2, width - x1
    if orientation in FLIPPED_DOWN:
        y1, y2 = height - y2, height - y1
    return np.asarray(np.stack([x1, y1, x2, y2], axis=1), dtype=np.float32)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)

"""How large an object is, and the bins that sizes are counted in."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from veil_vision.evaluation.annotations import Box
from veil_vision.geometry.object_classes import ObjectClass

Edges = Mapping[ObjectClass, Sequence[float]]

# In pixels of the picture: of a face from 8, of a plate from 12 a person can make out something.
DEFAULT_EDGES: Edges = MappingProxyType(
    {
        ObjectClass.FACE: (8, 20, 40),
        ObjectClass.LICENSE_PLATE: (12, 16, 24),
        ObjectClass.PERSON: (40, 96),
        ObjectClass.VEHICLE: (40, 96),
    }
)


def size_of(object_class: ObjectClass, box: Box) -> float:
    """Return the height of plates, which decides whether they can be read, and the longer side of anything else."""
    x1, y1, x2, y2 = box
    return y2 - y1 if object_class is ObjectClass.LICENSE_PLATE else max(x2 - x1, y2 - y1)


def bins_of(edges: Sequence[float]) -> list[tuple[float, float | None]]:
    """Return the bins between the edges, half-open, the first from 0, the last without an end."""
    return [*pairwise([0.0, *edges]), (edges[-1] if edges else 0.0, None)]


def bin_index(size: float, edges: Sequence[float]) -> int:
    """Return which of the bins a size falls into."""
    return bisect_right(edges, size)

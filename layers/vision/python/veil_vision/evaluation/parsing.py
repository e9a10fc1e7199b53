"""Numbers out of annotations, which may hold anything."""

import math
from collections.abc import Iterable

from veil_vision.evaluation.errors import DatasetError

# No picture that Veil reads is larger.
FARTHEST = 1e7


def to_numbers(values: Iterable[object], place: str) -> list[float]:
    """Return coordinates.

    Raises:
        DatasetError: One is not a number, or is farther out than any picture reaches.
    """
    return [_to_number(value, place) for value in values]


def _to_number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DatasetError(place, "a coordinate is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise DatasetError(place, "a coordinate is not a number") from error
    if not math.isfinite(number) or abs(number) > FARTHEST:
        raise DatasetError(place, f"the coordinate {number} lies nowhere in a picture")
    return number

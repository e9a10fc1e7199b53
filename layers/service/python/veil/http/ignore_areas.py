"""The `ignores` parameter: rectangles inside which nothing is hidden (contracts/celantur.md A.3)."""

from dataclasses import dataclass

from veil.domain.errors import PolicyError
from veil.domain.policy import Zone
from veil.http.json_body import JsonError, strict_json
from veil.http.parameter_types import Schema, WrongKindError, whole_number

_KEYS = ("topLeftX", "topLeftY", "width", "height")
_SHAPE = 'An ignored area is {"topLeftX": 0, "topLeftY": 0, "width": 1, "height": 1} in whole pixels.'


@dataclass(frozen=True, slots=True)
class Zones:
    """A JSON array of rectangles, or the text of one."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        least = {"topLeftX": 0, "topLeftY": 0, "width": 1, "height": 1}
        area = {
            "type": "object",
            "required": list(_KEYS),
            "additionalProperties": False,
            "properties": {key: {"type": "integer", "minimum": least[key]} for key in _KEYS},
        }
        return {"anyOf": [{"type": "array", "items": area}, {"type": "string", "contentMediaType": "application/json"}]}

    def read(self, value: object) -> tuple[Zone, ...]:
        """Return the rectangles.

        Raises:
            WrongKindError: It is no array, nor the text of one.
            PolicyError: A rectangle is malformed, empty or begins outside the image.
        """
        areas = _parsed(value) if isinstance(value, str) else value
        if not isinstance(areas, list):
            raise WrongKindError
        return tuple(_zone(each) for each in areas)

    def render(self, value: tuple[Zone, ...]) -> list[dict[str, int]]:
        """Return the rectangles as a JSON array."""
        return [
            {"topLeftX": zone.x1, "topLeftY": zone.y1, "width": zone.x2 - zone.x1, "height": zone.y2 - zone.y1}
            for zone in value
        ]


def _parsed(text: str) -> object:
    try:
        return strict_json(text)
    except JsonError as error:
        raise WrongKindError from error


def _zone(area: object) -> Zone:
    if not isinstance(area, dict) or area.keys() != set(_KEYS):
        raise PolicyError("ignore_zones", _SHAPE)
    try:
        x, y, width, height = (whole_number(area[key]) for key in _KEYS)
    except WrongKindError as error:
        raise PolicyError("ignore_zones", _SHAPE) from error
    return Zone(x, y, x + width, y + height)

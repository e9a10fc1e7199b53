"""The `format` parameter: the whole image, a panorama preset or a custom grid (contracts/celantur.md A.4)."""

import json
import math
from dataclasses import dataclass

from veil.domain.errors import PolicyError
from veil.domain.policy import Tiling
from veil.http.json_body import JsonError, strict_json
from veil.http.parameter_types import Schema, WrongKindError, whole_number

WHOLE = "whole"
_TILE_SIDE = 1280
_SHAPE = 'A grid is {"number": [columns, rows], "overlap": [x, y]}.'


def _panorama(width: int, height: int) -> Tiling:
    """Return a grid of nearly square tiles of at most 1280 pixels.

    What the pass over the whole image, at a long side of 960, shows with 32 pixels or more it finds for
    sure; so neighbours share that much, and what only tiles find lies whole in one of them. The first
    and the last tile of a row are neighbours, too.
    """
    rows = math.ceil(height / _TILE_SIDE)
    overlap = math.ceil(32 * width / 960)
    return Tiling(2 * rows, rows, overlap, overlap, width, height, wraps=True)


# 5640 is not exactly 2:1; the contract prints it so.
PRESETS = {
    f"pano:{width}": _panorama(width, height)
    for width, height in (
        (4096, 2048),
        (5400, 2700),
        (5640, 2816),
        (7060, 3530),
        (7680, 3840),
        (8000, 4000),
        (8192, 4096),
        (11000, 5500),
    )
}
_NAMES = {tiling: name for name, tiling in PRESETS.items()}


@dataclass(frozen=True, slots=True)
class Format:
    """`whole`, a preset, or a grid as a JSON object or as the text of one."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        pair = {"type": "array", "minItems": 2, "maxItems": 2}
        grid = {
            "type": "object",
            "required": ["number"],
            "additionalProperties": False,
            "properties": {
                "number": {**pair, "items": {"type": "integer", "minimum": 1, "maximum": 64}},
                "overlap": {**pair, "items": {"type": "number", "minimum": 0}},
                "size": {**pair, "items": {"type": "integer", "minimum": 1}},
            },
        }
        named = {"type": "string", "enum": [WHOLE, *PRESETS]}
        return {"anyOf": [named, {"type": "string", "contentMediaType": "application/json"}, grid]}

    def read(self, value: object) -> Tiling | None:
        """Return the grid, or None for the whole image.

        Raises:
            WrongKindError: It is neither a known word nor a JSON object.
            PolicyError: The grid cannot be laid.
        """
        if isinstance(value, str):
            return self._read_text(value)
        if not isinstance(value, dict):
            raise WrongKindError
        return _grid(value)

    def render(self, value: Tiling | None) -> str:
        """Return the word, or the grid as JSON text: the contract's type of this parameter is a string."""
        if value is None:
            return WHOLE
        if value in _NAMES:
            return _NAMES[value]
        grid = {"number": [value.columns, value.rows], "overlap": [value.overlap_x, value.overlap_y]}
        if value.width is not None and value.height is not None:
            grid["size"] = [value.width, value.height]
        return json.dumps(grid)

    def _read_text(self, text: str) -> Tiling | None:
        if text == WHOLE:
            return None
        if text in PRESETS:
            return PRESETS[text]
        try:
            grid = strict_json(text)
        except JsonError as error:
            raise WrongKindError from error
        if not isinstance(grid, dict):
            raise WrongKindError
        return _grid(grid)


def _grid(grid: dict[str, object]) -> Tiling:
    if "number" not in grid or grid.keys() - {"number", "overlap", "size"}:
        raise PolicyError("tiling", _SHAPE)
    columns, rows = _whole_pair(grid["number"])
    overlap_x, overlap_y = (_length(each) for each in _pair(grid.get("overlap", [0, 0])))
    width, height = _whole_pair(grid["size"]) if "size" in grid else (None, None)
    if width is not None and height is not None and min(width, height) < 1:
        raise PolicyError("tiling", "The size must be positive.")
    return Tiling(columns, rows, overlap_x, overlap_y, width, height)


def _pair(value: object) -> list[object]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004  # a pair
        raise PolicyError("tiling", _SHAPE)
    return value


def _whole_pair(value: object) -> tuple[int, int]:
    first, second = _pair(value)
    try:
        return whole_number(first), whole_number(second)
    except WrongKindError as error:
        raise PolicyError("tiling", _SHAPE) from error


def _length(value: object) -> float:
    """Return an overlap: below 1 a fraction of a tile, else whole pixels."""
    if isinstance(value, float) and 0 < value < 1:
        return value
    try:
        return whole_number(value)
    except WrongKindError as error:
        raise PolicyError("tiling", "An overlap is a fraction of a tile below 1, or whole pixels.") from error

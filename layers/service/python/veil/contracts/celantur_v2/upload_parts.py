"""What the bodies about uploads in parts ask for and are answered. The contract has no such upload: all is ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from veil.contracts.celantur_v2.parameters import given_parameters
from veil.domain.upload_parts import PART_BYTES, ArrivedPart, NamedPart, missing_numbers, part_count
from veil.http.errors import PARTS_FAILED, refused_body, refused_value, unexpected_value
from veil.http.parameter_table import Parameter
from veil.http.parameter_types import Schema, WrongKindError

MOST_URLS = 100
_MOST_BYTES = 1 << 50
FROM_ONE: Schema = {"type": "integer", "minimum": 1}
"""The JSON schema of numbers of parts, and of how many there are."""


@dataclass(frozen=True, slots=True)
class FileSize:
    """How many bytes a file has."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        return {"type": "integer", "format": "int64", "minimum": 1}

    def read(self, value: object) -> int:
        """Return the size.

        Raises:
            WrongKindError: It is no whole number from 1.
        """
        return _from_one(value)

    def render(self, value: int) -> int:
        """Return the size."""
        return value


@dataclass(frozen=True, slots=True)
class PartNumbers:
    """A JSON array of numbers of parts."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        return {"type": "array", "maxItems": MOST_URLS, "items": FROM_ONE}

    def read(self, value: object) -> tuple[int, ...]:
        """Return the numbers.

        Raises:
            WrongKindError: It is no array of whole numbers from 1, or has too many.
        """
        if not isinstance(value, list) or len(value) > MOST_URLS:
            raise WrongKindError
        return tuple(map(_from_one, value))

    def render(self, value: tuple[int, ...]) -> list[int]:
        """Return the numbers as a JSON array."""
        return list(value)


@dataclass(frozen=True, slots=True)
class NamedParts:
    """A JSON array of parts, each with its number and its ETag."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        properties: dict[str, Schema] = {"part_number": FROM_ONE, "etag": {"type": "string"}}
        item: Schema = {
            "type": "object",
            "required": list(properties),
            "additionalProperties": False,
            "properties": properties,
        }
        return {"type": "array", "minItems": 1, "items": item}

    def read(self, value: object) -> tuple[NamedPart, ...]:
        """Return the parts, their ETags without quotes.

        Raises:
            WrongKindError: It is no array of such objects.
        """
        if not isinstance(value, list):
            raise WrongKindError
        return tuple(map(_named, value))

    def render(self, value: tuple[NamedPart, ...]) -> list[dict[str, Any]]:
        """Return the parts as a JSON array."""
        return [{"part_number": part.number, "etag": part.etag} for part in value]


SIZE = Parameter(name="size", kind=FileSize(), is_ours=True, effect="Required. How many bytes the whole file has.")
PART_NUMBERS = Parameter(
    name="part_numbers",
    kind=PartNumbers(),
    is_ours=True,
    effect=f"Which parts to return URLs for; at most {MOST_URLS}. The first {MOST_URLS} that are missing unless given.",
)
PARTS = Parameter(
    name="parts",
    kind=NamedParts(),
    is_ours=True,
    effect="Required. Every part in its order, with the ETag that its PUT was answered with.",
)
BEGIN_PARAMETERS = (SIZE, PART_NUMBERS)
COMPLETE_PARAMETERS = (SIZE, PARTS)


class WantedParts(NamedTuple):
    """What a request for URLs asks for; no numbers where it leaves them open."""

    size_bytes: int
    numbers: tuple[int, ...] | None


class WholeFile(NamedTuple):
    """The parts that are to be joined."""

    size_bytes: int
    parts: tuple[NamedPart, ...]


def read_wanted_parts(body: Mapping[str, object]) -> WantedParts:
    """Return which parts of which file a body asks for.

    Raises:
        HttpError: A parameter is unknown, missing, or has a value that cannot be.
    """
    values = _values(body, BEGIN_PARAMETERS, required=(SIZE,))
    size_bytes, numbers = values[SIZE.name], values.get(PART_NUMBERS.name)
    if any(number > part_count(size_bytes) for number in numbers or ()):
        cause = f"A file of {size_bytes} bytes has the parts 1 to {part_count(size_bytes)}."
        raise refused_value(PARTS_FAILED, PART_NUMBERS.name, cause)
    return WantedParts(size_bytes, numbers)


def read_whole_file(body: Mapping[str, object]) -> WholeFile:
    """Return which parts a body wants to have joined.

    Raises:
        HttpError: A parameter is unknown, missing, or has a value that cannot be.
    """
    values = _values(body, COMPLETE_PARAMETERS, required=COMPLETE_PARAMETERS)
    return WholeFile(values[SIZE.name], values[PARTS.name])


def numbers_for(wanted: WantedParts, arrived: Iterable[ArrivedPart]) -> Sequence[int]:
    """Return the numbers of the parts that get a URL."""
    return wanted.numbers if wanted.numbers is not None else missing_numbers(arrived, wanted.size_bytes)[:MOST_URLS]


def arrived_body(task_id: int, arrived: Iterable[ArrivedPart]) -> dict[str, Any]:
    """Return which parts have arrived."""
    parts = [{"part_number": part.number, "size": part.size_bytes, "etag": part.etag} for part in arrived]
    return {"task_id": task_id, "part_size": PART_BYTES, "parts": parts}


def wanted_body(
    task_id: int, wanted: WantedParts, arrived: Iterable[ArrivedPart], urls: Mapping[int, str]
) -> dict[str, Any]:
    """Return which parts have arrived, and where others go."""
    return arrived_body(task_id, arrived) | {
        "part_count": part_count(wanted.size_bytes),
        "upload_urls": [{"part_number": number, "upload_url": url} for number, url in urls.items()],
    }


def _values(
    body: Mapping[str, object], parameters: Sequence[Parameter], *, required: Sequence[Parameter]
) -> dict[str, Any]:
    given, spelled = given_parameters(body, [each.name for each in parameters], failed=PARTS_FAILED)
    for each in required:
        if each.name not in given:
            raise refused_body(PARTS_FAILED, f"{each.name} is required.")
    return {each.name: _read(each, given[each.name], spelled[each.name]) for each in parameters if each.name in given}


def _read(parameter: Parameter, value: object, spelled: str) -> Any:
    try:
        return parameter.kind.read(value)
    except WrongKindError as error:
        raise unexpected_value(PARTS_FAILED, spelled) from error


def _from_one(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_BYTES:
        raise WrongKindError
    return value


def _named(item: object) -> NamedPart:
    if not isinstance(item, dict) or item.keys() != {"part_number", "etag"} or not isinstance(item["etag"], str):
        raise WrongKindError
    return NamedPart(_from_one(item["part_number"]), item["etag"].strip('"'))

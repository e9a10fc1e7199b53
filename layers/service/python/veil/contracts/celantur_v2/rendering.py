"""What the body of a request to draw a task again asks for. The contract has no such request, so all of it is ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veil.contracts.celantur_v2.parameters import given_parameters
from veil.domain.errors import PolicyError
from veil.domain.policy import ObjectClass, Policy
from veil.domain.rendering import AddedObject, Changes
from veil.http.errors import RENDER_FAILED, refused_value
from veil.http.parameter_table import PARAMETERS, WEBHOOK, Parameter
from veil.http.parameter_types import Schema, WrongKindError, whole_number
from veil.http.policy_parameters import read_policy

MOST_CHANGES = 1000
# In pixels, which no picture has.
FARTHEST = 1_000_000
_SHAPE = (
    'What is added is {"type_label": "face", "bbox": [x1, y1, x2, y2]} in pixels, of a video with "first_frame" and '
    '"last_frame" where not all of them show it.'
)
_FRAME: Schema = {"type": "integer", "minimum": 0}


@dataclass(frozen=True, slots=True)
class Numbers:
    """A JSON array of whole numbers from 0."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        return {"type": "array", "maxItems": MOST_CHANGES, "items": {"type": "integer", "minimum": 0}}

    def read(self, value: object) -> tuple[int, ...]:
        """Return the numbers.

        Raises:
            WrongKindError: It is no array of whole numbers from 0, or has too many.
        """
        return tuple(map(_from_zero, _items(value)))

    def render(self, value: tuple[int, ...]) -> list[int]:
        """Return the numbers as a JSON array."""
        return list(value)


@dataclass(frozen=True, slots=True)
class AddedObjects:
    """A JSON array of boxes with their classes."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        properties: dict[str, Schema] = {
            "type_label": {"type": "string", "enum": list(ObjectClass)},
            "bbox": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
            "first_frame": _FRAME,
            "last_frame": _FRAME,
        }
        item: Schema = {
            "type": "object",
            "required": ["type_label", "bbox"],
            "additionalProperties": False,
            "properties": properties,
        }
        return {"type": "array", "maxItems": MOST_CHANGES, "items": item}

    def read(self, value: object) -> tuple[AddedObject, ...]:
        """Return what is added.

        Raises:
            WrongKindError: It is no array, or has too many items.
            PolicyError: An item is malformed, or its box is empty.
        """
        return tuple(map(_added, _items(value)))

    def render(self, value: tuple[AddedObject, ...]) -> list[dict[str, Any]]:
        """Return what is added as a JSON array."""
        return [
            {"type_label": each.object_class, "bbox": list(each.box), "first_frame": each.first}
            | ({} if each.last is None else {"last_frame": each.last})
            for each in value
        ]


WITHOUT = Parameter(
    name="without",
    kind=Numbers(),
    is_ours=True,
    effect="What stays visible: of a photo the `id` of detections in its metadata, of a video their `track`.",
)
ADD = Parameter(
    name="add",
    kind=AddedObjects(),
    is_ours=True,
    effect="What is hidden though nobody found it: boxes in pixels of the upright image, as in the metadata.",
)
# What decides what is found can only be changed by looking again.
_OF_LOOKING = frozenset({"threshold", "profile", "tiling"})
RENDER_PARAMETERS: tuple[Parameter, ...] = (
    *(each for each in PARAMETERS if each.field not in _OF_LOOKING and each.name != "mime_type"),
    WITHOUT,
    ADD,
)
_BY_NAME = {each.name: each for each in RENDER_PARAMETERS}


@dataclass(frozen=True, slots=True)
class RenderParameters:
    """What a request to draw a task again asks for.

    Attributes:
        spelled: How the caller spelled each parameter given, by its name.
    """

    policy: Policy
    changes: Changes
    webhook: str | None
    spelled: Mapping[str, str]


def read_rendering(body: Mapping[str, object], earlier: Policy) -> RenderParameters:
    """Return what a request body asks for; what it does not give stays as the earlier policy has it.

    Raises:
        HttpError: A parameter is unknown or has a value that cannot be, or a class is asked for that nobody looked for.
    """
    given, spelled = given_parameters(body, _BY_NAME, failed=RENDER_FAILED)
    values, policy = read_policy(given, spelled, _BY_NAME, failed=RENDER_FAILED, base=earlier)
    changes = Changes(values.get(WITHOUT.name, ()), values.get(ADD.name, ()))
    _require_known(policy, earlier, changes, spelled)
    return RenderParameters(policy, changes, values.get(WEBHOOK), spelled)


def _require_known(policy: Policy, earlier: Policy, changes: Changes, spelled: Mapping[str, str]) -> None:
    added = {each.object_class for each in changes.added}
    for each in set(policy.classes) - {*earlier.classes, *added}:
        cause = "Nobody looked for it; make a new task, or add what is to be hidden."
        raise refused_value(RENDER_FAILED, spelled[each.value], cause)
    for each in added - set(policy.classes):
        raise refused_value(RENDER_FAILED, spelled[ADD.name], f"{each} is not hidden; set it to true as well.")


def _items(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_CHANGES:
        raise WrongKindError
    return value


def _from_zero(value: object) -> int:
    number = whole_number(value)
    if number < 0:
        raise WrongKindError
    return number


def _added(item: object) -> AddedObject:
    known = {"type_label", "bbox", "first_frame", "last_frame"}
    if not isinstance(item, dict) or not {"type_label", "bbox"} <= item.keys() <= known:
        raise PolicyError(ADD.name, _SHAPE)
    box = item["bbox"]
    try:
        object_class = ObjectClass(item["type_label"])
        x1, y1, x2, y2 = (_coordinate(each) for each in box)
        first, last = _from_zero(item.get("first_frame", 0)), item.get("last_frame")
        last = None if last is None else _from_zero(last)
    except (ValueError, TypeError, WrongKindError) as error:
        raise PolicyError(ADD.name, _SHAPE) from error
    if x1 >= x2 or y1 >= y2 or (last is not None and last < first):
        raise PolicyError(ADD.name, "A box needs a positive size, and a last frame that is not before its first.")
    return AddedObject(object_class, (x1, y1, x2, y2), first, last)


def _coordinate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > FARTHEST:
        raise WrongKindError
    return float(value)

"""How a model and its configuration become a policy (section 3)."""

from collections.abc import Mapping
from typing import Any

from veil.contracts.syntonym.refusals import InvalidError, RefusedError
from veil.domain.errors import PolicyError
from veil.domain.policy import DEFAULT_RULES, ClassRule, ObjectClass, Policy, Tiling
from veil.http.json_body import JsonError, strict_json
from veil.http.parameter_types import Schema

BLUR, SYNTHETIC = "blur", "syn"
# Scores of two vendors' models do not compare: the contract's default stands for the installed model's own threshold.
DEFAULT_THRESHOLD = 0.5
_FLAGS = {
    "blur_face": True,
    "enable_lp": True,
    "slicing": False,
    "mask_blur": False,
    "lp_track": False,
}
_THRESHOLDS = ("blur_threshold", "lp_threshold")
_SLICES = Tiling(columns=2, rows=2, overlap_x=0.2, overlap_y=0.2)

CONFIG_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{name: {"type": "boolean", "default": default} for name, default in _FLAGS.items()},
        **{name: {"type": "number", "minimum": 0, "maximum": 1, "default": DEFAULT_THRESHOLD} for name in _THRESHOLDS},
    },
}


def read_policy(model: object, config: object, place: tuple[str, ...]) -> Policy:
    """Return the policy that a model's configuration stands for.

    Args:
        model: Its name.
        config: An object, the JSON text of one, or None for the defaults.
        place: Where in the request the configuration is; the model is in the same part of it.

    Raises:
        InvalidError: A key is unknown or a value wrong, for a misspelled key would hide less than was meant.
        RefusedError: The model is one that Veil does not have.
    """
    if model == SYNTHETIC:
        raise RefusedError(400, "The model syn, synthetic faces and plates, is not available. Use blur.")
    if model != BLUR:
        raise InvalidError((place[0], "model"), "The model must be blur or syn.")
    given = _members(config, place)
    for unknown in given.keys() - {*_FLAGS, *_THRESHOLDS}:
        raise InvalidError((*place, unknown), "This key does not exist.")
    flags = {name: _flag(given.get(name, default), (*place, name)) for name, default in _FLAGS.items()}
    thresholds = {name: _threshold(given.get(name, DEFAULT_THRESHOLD), (*place, name)) for name in _THRESHOLDS}
    try:
        return Policy(
            face=_rule(ObjectClass.FACE, flags["blur_face"], thresholds["blur_threshold"]),
            license_plate=_rule(ObjectClass.LICENSE_PLATE, flags["enable_lp"], thresholds["lp_threshold"]),
            boxes=not flags["mask_blur"],
            tiling=_SLICES if flags["slicing"] else None,
        )
    except PolicyError as error:
        raise InvalidError(place, "Choose at least one of blur_face and enable_lp.") from error


def _members(config: object, place: tuple[str, ...]) -> Mapping[str, Any]:
    if isinstance(config, str):
        try:
            config = strict_json(config)
        except JsonError as error:
            raise InvalidError(place, str(error)) from error
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise InvalidError(place, "It must be a JSON object.")
    return config


def _rule(kind: ObjectClass, hide: bool, threshold: float) -> ClassRule:
    default = DEFAULT_RULES[kind]
    return ClassRule(
        hide=hide,
        threshold=None if threshold == DEFAULT_THRESHOLD else threshold,
        kernel_size=default.kernel_size,
        gradient_start=default.gradient_start,
        gradient_stop=default.gradient_stop,
    )


def _flag(value: object, place: tuple[str, ...]) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise InvalidError(place, "It must be true or false.")


def _threshold(value: object, place: tuple[str, ...]) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise InvalidError(place, "It must be a number from 0 to 1.")
    return number

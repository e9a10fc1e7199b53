"""Request bodies: JSON whatever the content type says, read so that no two readers could differ about it."""

import json
from typing import Any

from veil.domain.errors import VeilError
from veil.http.errors import missing_body, refused_body, refused_value

_EXACT_DIGITS = 19  # longer integers fit no 64-bit store; as floats they fail every range check


class JsonError(VeilError):
    """The text is no JSON that means one thing only; the message says why, without repeating the text."""


class RepeatedKeyError(JsonError):
    """An object names one thing twice.

    Attributes:
        key: The second spelling.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is given more than once.")
        self.key = key


def canonical(key: str) -> str:
    """Return the one spelling of a key: clients write hyphens and underscores as they like."""
    return key.replace("-", "_")


def strict_json(text: str) -> object:
    """Return the value of a JSON text.

    Stricter than `json.loads`: no NaN or infinity, no half of a surrogate pair (which no store can
    encode), and no object with two keys that mean the same.

    Raises:
        JsonError: It is not JSON, is nested too deeply or repeats a key.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonError("It contains half of a surrogate pair.") from error
    except json.JSONDecodeError as error:
        raise JsonError(f"It is not valid JSON: line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise JsonError("It is nested too deeply.") from error
    return value


def read_object(text: str, *, failed: str) -> dict[str, Any]:
    """Return the JSON object of a request body, with its keys as the caller spelled them.

    Args:
        text: The body.
        failed: The sentence that the contract's error texts begin with.

    Raises:
        HttpError: The body is missing, is not JSON, is not an object or repeats a key.
    """
    if not text.strip():
        raise missing_body(failed)
    try:
        value = strict_json(text)
    except RepeatedKeyError as error:
        raise refused_value(failed, error.key, "It is given more than once.") from error
    except JsonError as error:
        raise refused_body(failed, str(error)) from error
    if not isinstance(value, dict):
        raise refused_body(failed, "It must be a JSON object.")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen: set[str] = set()
    for key, _ in pairs:
        if canonical(key) in seen:
            raise RepeatedKeyError(key)
        seen.add(canonical(key))
    return dict(pairs)


def _constant(name: str) -> object:
    raise JsonError(f"{name} is not a JSON number.")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _EXACT_DIGITS else float(digits)

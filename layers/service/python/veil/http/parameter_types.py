"""Kinds of parameter values: how JSON becomes a policy's value, and the way back.

A value of the wrong type or with an unknown word is a `WrongKindError`; a value of the right kind that
cannot be is the domain's `PolicyError`. The two have different texts in the v2 contract.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from veil.domain.errors import VeilError

Schema = dict[str, Any]

_LARGEST = 1_000_000_000
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


class WrongKindError(VeilError):
    """The value has a type or a word that the parameter does not take."""


class Kind(Protocol):
    """What values a parameter takes."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""

    def read(self, value: object) -> Any:
        """Return a JSON value as the policy has it.

        Raises:
            WrongKindError: It has another type, or is an unknown word.
            PolicyError: It cannot be.
        """

    def render(self, value: Any) -> Any:
        """Return a policy's value as JSON; `read` takes it back."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false. Vendor clients also send the text of a Python bool."""

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        return {"type": "boolean"}

    def read(self, value: object) -> bool:
        """Return the flag.

        Raises:
            WrongKindError: It is neither a boolean nor the text of one.
        """
        if isinstance(value, bool):
            return value
        words = {"true": True, "false": False}
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        raise WrongKindError

    def render(self, value: bool) -> bool:
        """Return the flag."""
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[StrEnum, ...]

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        return {"type": "string", "enum": [each.value for each in self.words]}

    def read(self, value: object) -> StrEnum:
        """Return the word.

        Raises:
            WrongKindError: It is another word, or no text.
        """
        for word in self.words:
            if value == word.value:
                return word
        raise WrongKindError

    def render(self, value: StrEnum | None) -> str | None:
        """Return the word."""
        return None if value is None else value.value


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or the text of one. The bounds are documentation: the domain refuses what lies beyond them.

    Attributes:
        whole: Whether fractions are refused. `90.0` is the whole number 90, as in JSON Schema.
        left_open: What answers say where a policy leaves it open.
    """

    low: float
    high: float
    whole: bool = False
    left_open: float | None = None

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        return {"type": "integer" if self.whole else "number", "minimum": self.low, "maximum": self.high}

    def read(self, value: object) -> float:
        """Return the number, an int where only whole ones are taken.

        Raises:
            WrongKindError: It is no number, or not a whole one.
        """
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongKindError
        return whole_number(value) if self.whole else value

    def render(self, value: float | None) -> float | None:
        """Return the number."""
        return self.left_open if value is None else value


@dataclass(frozen=True, slots=True)
class Text:
    """Any text."""

    extra: Mapping[str, str]

    @property
    def schema(self) -> Schema:
        """The JSON schema of the values."""
        return {"type": "string", **self.extra}

    def read(self, value: object) -> str:
        """Return the text.

        Raises:
            WrongKindError: It is no text.
        """
        if not isinstance(value, str):
            raise WrongKindError
        return value

    def render(self, value: str | None) -> str | None:
        """Return the text."""
        return value


def whole_number(value: object) -> int:
    """Return a JSON number without a fraction as an int.

    Raises:
        WrongKindError: It is no number, has a fraction or is beyond what any image or setting has.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongKindError
    if not float(value).is_integer() or abs(value) > _LARGEST:
        raise WrongKindError
    return int(value)

"""Profiles: which models look, how closely and how often, written down in profiles.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Protocol, TypeVar

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.plans import SearchPlan


class ProfileName(StrEnum):
    """How hard to look: what is missed gets less from one to the next, and what it costs more."""

    FAST = "fast"
    BALANCED = "balanced"
    THOROUGH = "thorough"


class Finder(Protocol):
    """A detector, or the card of one."""

    @property
    def name(self) -> str:
        """The model's name in the catalogue."""

    @property
    def classes(self) -> tuple[ObjectClass, ...]:
        """What it can find."""


AnyFinder = TypeVar("AnyFinder", bound=Finder)


@dataclass(frozen=True, slots=True)
class ModelUse:
    """How a profile uses one model.

    Attributes:
        model: Its name in the catalogue.
        second_opinion: Whether it looks beside the first model of its classes, not only in its absence.
        unless: Another model, in whose absence alone it looks.
        search: Fields of the model's own search plan that differ.
        thresholds: Scores that differ from the model's own default.
        faint: Lower scores, from which a box counts where another model that looks sees it too.
        alone: Higher scores, from which a large box counts of which other models that look see nothing.
        heads: Whether heads of its persons count as faces where no face was found.
        near: Score from which it looks closely where other models see one of its classes; 0 for nowhere.
        whole: Length at which it sees the whole picture, and no tiles, where others show it where to look; 0 for as it
            would anyway, tiles included.
    """

    model: str
    second_opinion: bool = False
    unless: str | None = None
    search: Mapping[str, float | tuple[int, ...]] = field(default_factory=dict)
    thresholds: Mapping[ObjectClass, float] = field(default_factory=dict)
    faint: Mapping[ObjectClass, float] = field(default_factory=dict)
    alone: Mapping[ObjectClass, float] = field(default_factory=dict)
    heads: bool = False
    near: float = 0.0
    whole: int = 0

    def plan(self, own: SearchPlan) -> SearchPlan:
        """Return how closely the model looks, whose own plan is given."""
        changes: dict[str, Any] = dict(self.search)
        return replace(own, **changes)


@dataclass(frozen=True, slots=True)
class Profile:
    """Which models look, and how.

    Attributes:
        uses: By falling preference.
    """

    name: ProfileName
    uses: tuple[ModelUse, ...]

    def use_of(self, model: str) -> ModelUse:
        """Return how a model is used; one that the profile does not name, as it is."""
        return next((use for use in self.uses if use.model == model), ModelUse(model))

    def looking(self, finders: Sequence[AnyFinder], object_class: ObjectClass) -> list[AnyFinder]:
        """Return those that look for a class: the most preferred one, and after it every second opinion."""
        rank = {use.model: index for index, use in enumerate(self.uses)}
        able = [each for each in finders if object_class in each.classes]
        there = {each.name for each in able}
        able = [each for each in able if self.use_of(each.name).unless not in there]
        ranked = sorted(able, key=lambda each: rank.get(each.name, len(rank)))
        return [each for index, each in enumerate(ranked) if index == 0 or self.use_of(each.name).second_opinion]


@cache
def profiles() -> Mapping[ProfileName, Profile]:
    """Return every profile of profiles.toml."""
    text = resources.files("veil_vision.detect").joinpath("profiles.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return {name: Profile(name, tuple(map(_use, tables[name]))) for name in ProfileName}


def balanced() -> Profile:
    """Return the profile that holds where none is chosen."""
    return profiles()[ProfileName.BALANCED]


def _frozen(value: float | list[int]) -> float | tuple[int, ...]:
    return tuple(value) if isinstance(value, list) else value


def _by_class(scores: Mapping[str, float]) -> dict[ObjectClass, float]:
    return {ObjectClass(name): score for name, score in scores.items()}


def _use(entry: Mapping[str, Any]) -> ModelUse:
    return ModelUse(
        model=entry["model"],
        second_opinion=entry.get("second_opinion", False),
        unless=entry.get("unless"),
        search={name: _frozen(value) for name, value in entry.get("search", {}).items()},
        thresholds=_by_class(entry.get("thresholds", {})),
        faint=_by_class(entry.get("faint", {})),
        alone=_by_class(entry.get("alone", {})),
        heads=entry.get("heads", False),
        near=entry.get("near", 0.0),
        whole=entry.get("whole", 0),
    )

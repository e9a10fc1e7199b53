"""The models of a machine: which there are, which of them a profile needs, and how to get more."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from veil.domain.errors import VeilError
from veil.domain.policy import ObjectClass, Profile
from veil_vision.detect.profiles import ProfileName, profiles
from veil_vision.errors import VisionError
from veil_vision.geometry import object_classes as seen
from veil_vision.models.cards import Card, ModelCard, PackagedSource
from veil_vision.models.catalogue import ModelFolder, catalogue, choose, every_card, models_dir


class ModelsUnusableError(VeilError):
    """The models on this machine cannot be used as asked; the message says what to do."""


def models_folder(env: Mapping[str, str]) -> Path:
    """Return the folder for models: VEIL_MODELS_DIR, or a folder of the user."""
    return models_dir(env)


def installed_classes(models: Path) -> frozenset[ObjectClass]:
    """Return the classes that an installed model finds, of those in the folder and those that come with Veil."""
    cards = installed_cards(ModelFolder(models))
    return frozenset(ObjectClass(each) for card in cards for each in card.classes)


def installed_cards(folder: ModelFolder) -> list[ModelCard]:
    """Return the installed models that some profile takes, default ones before others."""
    cards = sorted(catalogue(), key=lambda card: not card.default)
    installed = [card for card in cards if folder.has(card)]
    taken = {
        card.name
        for profile in profiles().values()
        for each in seen.ObjectClass
        for card in profile.looking(installed, each)
    }
    return [card for card in installed if card.name in taken]


def missing_models(models: Path, profile: Profile, classes: Collection[ObjectClass]) -> list[str]:
    """Return the default models that would look for the classes by the profile, were they in the folder."""
    folder = ModelFolder(models)
    missing = [card for card in catalogue() if card.default and not folder.has(card)]
    installed = [card for card in catalogue() if folder.has(card)]
    look = profiles()[ProfileName(profile)].looking
    wanted = {card.name for each in classes for card in look([*missing, *installed], seen.ObjectClass(each))}
    return sorted(card.name for card in missing if card.name in wanted)


class ModelState(StrEnum):
    """What lies in the folder under a model's name."""

    MISSING = "missing"
    VERIFIED = "verified"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model of the catalogue as a person reads it.

    Attributes:
        pulled_by: What `veil models` takes to install it; None for what comes with Veil.
    """

    name: str
    classes: tuple[str, ...]
    licence: str
    default: bool
    pulled_by: str | None
    state: ModelState


def model_entries(models: Path) -> list[ModelEntry]:
    """Return the catalogue, and what of it is installed in the folder."""
    folder = ModelFolder(models)
    return [
        ModelEntry(
            name=card.name,
            classes=tuple(card.classes),
            licence=card.licence,
            default=card.default,
            pulled_by=_pulled_by(card),
            state=ModelState(folder.status(card)),
        )
        for card in every_card()
    ]


def _pulled_by(card: Card) -> str | None:
    if isinstance(card.source, PackagedSource):
        return None
    return "pull" if card.default else f"pull {card.pack or 'NAME'}"


def pull_models(models: Path, names: Sequence[str], *, mirror: str | None, report: Callable[[str], None]) -> None:
    """Install the named models and packs, or the default models, into the folder.

    `mirror` is a folder, a file or an https address to fetch from instead of each model's own source.

    Raises:
        ModelsUnusableError: A name is unknown, or a model could not be had whole.
    """
    # HTTP, which nobody needs who has the models.
    from veil_vision.models.download import pull

    try:
        for card in choose(names):
            pull(card, ModelFolder(models), mirror=mirror, report=report)
    except VisionError as error:
        raise ModelsUnusableError(str(error)) from error

"""The model catalogue, and the folder that holds verified copies of what it names."""

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import platformdirs

from veil_vision.errors import ModelCorruptError, ModelMissingError
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.cards import (
    Card,
    ModelCard,
    PackagedSource,
    SegmenterCard,
    Source,
    UrlSource,
    VerifierCard,
    WheelSource,
)
from veil_vision.models.plans import AtlasPlan, SearchPlan

# Each kind is told by the key that only it has.
_KINDS: Mapping[str, type[Source]] = {"wheel": WheelSource, "url": UrlSource, "packaged": PackagedSource}


class ModelStatus(StrEnum):
    """What lies in the folder under a model's name."""

    MISSING = "missing"
    VERIFIED = "verified"
    CORRUPT = "corrupt"


def catalogue() -> tuple[ModelCard, ...]:
    """Return every model of models.toml that finds objects, in its order."""
    return tuple(_model_card(entry) for entry in _tables()["models"])


def segmenter_catalogue() -> tuple[SegmenterCard, ...]:
    """Return every model of models.toml that shows outlines, in its order."""
    return tuple(SegmenterCard(**_common(entry)) for entry in _tables()["segmenters"])


def verifier_catalogue() -> tuple[VerifierCard, ...]:
    """Return every model of models.toml that looks closely at what another suspects, in its order."""
    return tuple(VerifierCard(**_common(entry)) for entry in _tables()["verifiers"])


def every_card() -> tuple[Card, ...]:
    """Return every model of models.toml."""
    return (*catalogue(), *segmenter_catalogue(), *verifier_catalogue())


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("veil_vision.models").joinpath("models.toml").read_text(encoding="utf-8"))


def _model_card(entry: Mapping[str, Any]) -> ModelCard:
    second_look = entry.get("second_look")
    return ModelCard(
        **{
            **_common(entry),
            "search": SearchPlan(**entry["search"]),
            "second_look": AtlasPlan(**second_look) if second_look else None,
        }
    )


def _common(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry with what every card has in its right form."""
    source = entry["source"]
    return {
        **entry,
        "classes": tuple(ObjectClass(name) for name in entry["classes"]),
        "pack": entry.get("pack"),
        "source": next(kind for key, kind in _KINDS.items() if key in source)(**source),
    }


def choose(names: Sequence[str]) -> list[Card]:
    """Return the models of the given names or packs, each once; without names the default ones.

    Raises:
        ModelMissingError: The catalogue has no such name.
    """
    cards = every_card()
    known = {*(card.name for card in cards), *(card.pack for card in cards if card.pack)}
    unknown = sorted(set(names) - known)
    if unknown:
        raise ModelMissingError(f"Unknown model: {', '.join(unknown)}. Known: {', '.join(sorted(known))}.")
    return [card for card in cards if (card.name in names or card.pack in names if names else card.default)]


def how_to_install(object_class: ObjectClass) -> str:
    """Return the command that installs a model which finds the class."""
    card = next(card for card in catalogue() if object_class in card.classes and (card.default or card.pack))
    return "veil models pull" if card.default else f"veil models pull {card.pack}"


def models_dir(env: Mapping[str, str]) -> Path:
    """Return the folder for models: VEIL_MODELS_DIR, or a folder among this user's application data."""
    chosen = env.get("VEIL_MODELS_DIR")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("veil", appauthor=False) / "models"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Model files on this machine; hands out no byte that is not the catalogue's."""

    path: Path

    def file(self, card: Card) -> Path:
        """Return where the model lies, or would lie."""
        return card.source.path if isinstance(card.source, PackagedSource) else self.path / card.file

    def has(self, card: Card) -> bool:
        """Return whether something lies here under the model's name; `read` tells whether it is the model."""
        return self.file(card).is_file()

    def status(self, card: Card) -> ModelStatus:
        """Return whether the model is here and is what the catalogue says."""
        try:
            self.read(card)
        except ModelMissingError:
            return ModelStatus.MISSING
        except ModelCorruptError:
            return ModelStatus.CORRUPT
        return ModelStatus.VERIFIED

    def read(self, card: Card) -> bytes:
        """Return the model's bytes, verified.

        Raises:
            ModelMissingError: The file is not here.
            ModelCorruptError: The file cannot be read, or differs from the catalogue.
        """
        try:
            data = self.file(card).read_bytes()
        except FileNotFoundError as error:
            raise ModelMissingError(
                f"The model {card.name} is not in {self.file(card).parent}. {_remedy(card)} to install it."
            ) from error
        except OSError as error:
            raise ModelCorruptError(f"{self.file(card)} cannot be read: {error.strerror}") from error
        require_sha256(data, card.sha256, what=f"{self.file(card)} is damaged. {_remedy(card)} to replace it. It")
        return data

    def install(self, card: Card, data: bytes) -> Path:
        """Place the model's bytes and return where; a crash leaves the old state or the new one.

        Raises:
            ModelCorruptError: The bytes differ from the catalogue; nothing was placed.
        """
        require_sha256(data, card.sha256, what=f"The model {card.name}")
        self.path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.path, prefix=".installing-") as work:
            part = Path(work) / card.file
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.file(card))
        return self.file(card)


def _remedy(card: Card) -> str:
    return "Install Veil again" if isinstance(card.source, PackagedSource) else f"Run `veil models pull {card.name}`"


def require_sha256(data: bytes, sha256: str, *, what: str) -> None:
    """Return only if the bytes have the checksum.

    Raises:
        ModelCorruptError: They have another one; the text starts with `what`.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelCorruptError(f"{what} has sha256 {found}, but the catalogue says {sha256}.")

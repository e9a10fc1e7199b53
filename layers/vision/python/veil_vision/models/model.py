"""What detectors, segmenters and verifiers have in common: a catalogue entry and its network."""

from typing import Generic, Protocol, TypeVar

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.cards import Card
from veil_vision.models.sessions import Session

AnyCard = TypeVar("AnyCard", bound=Card)


class Model(Protocol):
    """Something of the catalogue that can look at pictures."""

    @property
    def name(self) -> str:
        """The model's name in the catalogue."""

    @property
    def sha256(self) -> str:
        """Checksum of the model's bytes."""

    @property
    def classes(self) -> tuple[ObjectClass, ...]:
        """What it can find, or of what it shows the outline."""

    @property
    def provider(self) -> str:
        """The ONNX Runtime execution provider that runs it."""


class OnnxModel(Generic[AnyCard]):
    """A `Model` that is one ONNX network."""

    def __init__(self, card: AnyCard, session: Session) -> None:
        """Take a card and a session of that card's network."""
        self._card = card
        self._session = session

    @property
    def name(self) -> str:
        """See `Model.name`; so are the others."""
        return self._card.name

    @property
    def sha256(self) -> str:
        """Checksum of the network's bytes."""
        return self._card.sha256

    @property
    def classes(self) -> tuple[ObjectClass, ...]:
        """What the card says."""
        return self._card.classes

    @property
    def provider(self) -> str:
        """What the session runs on."""
        return self._session.provider

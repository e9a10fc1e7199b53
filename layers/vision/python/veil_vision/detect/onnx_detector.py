"""What the detectors that run one ONNX network have in common."""

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.catalogue import ModelCard
from veil_vision.models.plans import AtlasPlan, SearchPlan
from veil_vision.models.sessions import Session


class OnnxDetector:
    """A catalogue entry and its open session."""

    def __init__(self, card: ModelCard, session: Session) -> None:
        """Take a card and a session of that card's bytes."""
        self._card = card
        self._session = session

    @property
    def name(self) -> str:
        """The model's name in the catalogue."""
        return self._card.name

    @property
    def sha256(self) -> str:
        """Checksum of the model's bytes."""
        return self._card.sha256

    @property
    def classes(self) -> tuple[ObjectClass, ...]:
        """What the model finds."""
        return self._card.classes

    @property
    def default_threshold(self) -> float:
        """Score from which a detection counts."""
        return self._card.default_threshold

    @property
    def search_plan(self) -> SearchPlan:
        """How closely the model must look to find what it can."""
        return self._card.search

    @property
    def second_look(self) -> AtlasPlan | None:
        """How the model looks whether hidden objects still read; None where that proves nothing."""
        return self._card.second_look

    @property
    def provider(self) -> str:
        """The ONNX Runtime execution provider that runs the model."""
        return self._session.provider

"""What the detectors that run one ONNX network have in common."""

from veil_vision.models.cards import ModelCard
from veil_vision.models.model import OnnxModel
from veil_vision.models.plans import AtlasPlan, SearchPlan


class OnnxDetector(OnnxModel[ModelCard]):
    """How a `Detector` looks, as its card says."""

    @property
    def default_threshold(self) -> float:
        """See `Detector.default_threshold`; so are the others."""
        return self._card.default_threshold

    @property
    def search_plan(self) -> SearchPlan:
        """How closely the model must look."""
        return self._card.search

    @property
    def second_look(self) -> AtlasPlan | None:
        """How the model looks at finished pictures, if it does."""
        return self._card.second_look

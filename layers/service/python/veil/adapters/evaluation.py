"""The one translator between `veil evaluate` and the vision layer's evaluation."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from veil.adapters.vision import VisionAnonymizer
from veil.domain.errors import VeilError
from veil.domain.policy import AnonymizationMethod, ObjectClass, Policy, SavedMasks
from veil.ports.anonymizer import IgnoredProgress
from veil_vision.evaluation.class_names import ClassNames, Meaning, OtherMeaning
from veil_vision.evaluation.datasets import Dataset
from veil_vision.evaluation.error_gallery import ErrorGallery
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.metrics import Evaluation, Tally, as_document
from veil_vision.evaluation.reading import Request, read_dataset
from veil_vision.evaluation.report_page import report_page
from veil_vision.evaluation.runner import Task, measure
from veil_vision.evaluation.sizes import DEFAULT_EDGES
from veil_vision.evaluation.table_formatting import COLUMNS, MEANING, table_rows
from veil_vision.geometry.object_classes import ObjectClass as SeenClass

__all__ = [
    "COLUMNS",
    "MEANING",
    "MEANINGS",
    "DatasetEvaluation",
    "DatasetSpec",
    "Evaluation",
    "EvaluationError",
    "Setting",
    "table_rows",
]

MEANINGS = (*ObjectClass, *OtherMeaning)
"""What a name of a dataset can be said to mean."""


class EvaluationError(VeilError):
    """The dataset cannot be measured with; the message names the file and what is wrong in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """A dataset as its owner describes it.

    Attributes:
        path: Its folder, or the file in it that says what is marked.
        images: Folder of the pictures, where it is another or only a part is meant.
        labels: Folder of the label files, where they are not where convention puts them.
        meanings: What names of its classes mean, one of `MEANINGS`, where the common meaning is not meant.
        edges: Edges of the size bins in pixels, rising, by class, where they are not the default.
    """

    path: Path
    images: Path | None = None
    labels: Path | None = None
    meanings: Mapping[str, str] = field(default_factory=dict)
    edges: Mapping[ObjectClass, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is measured with what, for people.

    Attributes:
        annotations: Their format.
        pictures: How many lie in the dataset's folder.
        without_annotations: How many of them have none and count as showing nothing.
        models: Those that the profile takes for the classes.
        thresholds: Least scores asked for; None leaves them to profile and model.
    """

    dataset: str
    annotations: str
    pictures: int
    without_annotations: int
    profile: str
    models: Sequence[str]
    thresholds: Mapping[str, float | None]
    margin: float

    def in_words(self) -> dict[str, str]:
        """Return it for people."""
        thresholds = [f"{name} from {least}" for name, least in self.thresholds.items() if least is not None]
        return {
            "dataset": self.dataset,
            "annotations": f"{self.annotations}; {self.pictures} pictures, {self.without_annotations} of them without",
            "profile": f"{self.profile}: {', '.join(self.models)}",
            "thresholds": ", ".join(thresholds) or "the profile's",
            "margin": f"{self.margin:.0%} on every side",
        }


class DatasetEvaluation:
    """Measures what a policy would hide of a dataset.

    Attributes:
        setting: What is measured with what.
    """

    def __init__(self, spec: DatasetSpec, policy: Policy, anonymizer: VisionAnonymizer) -> None:
        """Read the dataset's annotations.

        Raises:
            EvaluationError: They cannot be understood.
        """
        self._classes = [SeenClass(each) for each in policy.classes]
        self._dataset = _read(spec, self._classes)
        # The pipeline as it is, but for drawing: what the second look would add after drawing is not counted.
        self._policy = replace(policy, method=AnonymizationMethod.DETECT, masks=SavedMasks.NONE)
        # Of a marked box an outline leaves the corners, which are not the object's: boxes are compared with boxes.
        self._anonymizer = anonymizer if self._dataset.has_outlines else anonymizer.without_outlines()
        chosen = {SeenClass(each): edges for each, edges in spec.edges.items()}
        self._tally = Tally(self._classes, {**DEFAULT_EDGES, **chosen})
        self.setting = Setting(
            dataset=str(spec.path),
            annotations=self._dataset.kind,
            pictures=self._dataset.pictures,
            without_annotations=self._dataset.unmarked,
            profile=anonymizer.recipe_for(policy).profile.name,
            models=self._anonymizer.models_for(policy),
            thresholds={each: policy.rule(each).threshold for each in policy.classes},
            margin=policy.margin,
        )
        for problem in self._dataset.problems:
            self._tally.add(problem)

    @property
    def photos(self) -> int:
        """How many photos there are to look at."""
        return len(self._dataset.photos)

    def run(self, *, at_once: int, report: Path | None) -> Iterator[None]:
        """Look at the photos, several at once, yielding after each; write a page of the mistakes into the folder.

        Raises:
            FileExistsError: There is something in the folder already.
        """
        gallery = ErrorGallery(report) if report else None
        find = partial(self._anonymizer.result_for, policy=self._policy, progress=IgnoredProgress())
        task = Task(find, self._classes, gallery)
        for photo in measure(self._dataset.photos, task, at_once=at_once):
            self._tally.add(photo)
            yield
        if gallery:
            page = report_page(self.evaluation, gallery.error_crops, self.setting.in_words())
            gallery.write("index.html", page.encode())

    @property
    def evaluation(self) -> Evaluation:
        """What it amounts to so far."""
        return self._tally.evaluation()

    def document(self) -> str:
        """Return the figures as JSON."""
        return json.dumps(as_document(self.evaluation, asdict(self.setting)), indent=2)


def _read(spec: DatasetSpec, classes: Sequence[SeenClass]) -> Dataset:
    names = ClassNames(classes, {name: _meaning(said) for name, said in spec.meanings.items()})
    try:
        return read_dataset(Request(spec.path, names, spec.images, spec.labels))
    except DatasetError as error:
        raise EvaluationError(str(error)) from error


def _meaning(said: str) -> Meaning:
    return SeenClass(said) if said in set(SeenClass) else OtherMeaning(said)

"""`python -m benchmarks.detection`: how much of what people marked each installed model finds, by itself.

`veil evaluate` measures the same for the models of a profile together. Names given as arguments, of models or of
classes, leave the others out.
"""

import os
import sys
from collections.abc import Collection, Iterator, Sequence

from benchmarks.streets import STREETS, policy_for
from veil.adapters.evaluation import COLUMNS, DatasetEvaluation, DatasetSpec, table_rows
from veil.adapters.vision import VisionAnonymizer
from veil.domain.policy import ObjectClass
from veil_vision.detect.detector import Detector
from veil_vision.detect.families import open_detector
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue, models_dir


def main(chosen: Sequence[str]) -> None:
    """Print a table row for every model, class and size."""
    print(f"| model | {' | '.join(COLUMNS)} | CPU-ms per MP |")
    print("| --- " * (len(COLUMNS) + 2) + "|")
    models, classes = (set(chosen) - set(ObjectClass)), (set(chosen) & set(ObjectClass))
    for detector in _installed(models):
        for marked, street in STREETS:
            both = [each for each in marked if str(each) in detector.classes and (not classes or each in classes)]
            for row in _rows(detector, both, street) if both else ():
                print(row, flush=True)


def _installed(models: Collection[str]) -> Iterator[Detector]:
    folder = ModelFolder(models_dir(os.environ))
    for card in catalogue():
        if (not models or card.name in models) and card.classes and folder.status(card) is ModelStatus.VERIFIED:
            yield open_detector(card, folder, threads=1)


def _rows(detector: Detector, classes: Sequence[ObjectClass], street: DatasetSpec) -> Iterator[str]:
    running = DatasetEvaluation(street, policy_for(classes), VisionAnonymizer([detector]))
    for _ in running.run(at_once=1, report=None):
        pass
    cost = f"{running.evaluation.cpu_ms_per_megapixel:.0f}"
    for name, *cells in table_rows(running.evaluation):
        model, spent = (detector.name, cost) if name else ("", "")
        yield f"| {' | '.join([model, name, *cells, spent])} |"


if __name__ == "__main__":
    main(sys.argv[1:])

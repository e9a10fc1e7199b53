"""`python -m benchmarks.profiles`: what each profile finds, hides without need and costs, class by class.

Measured with the installed models on the pictures beside the checkout (`shared/media`); names given as arguments, of
profiles or of classes, leave the others out.
"""

import os
import sys
from collections.abc import Iterator, Sequence

from benchmarks.streets import STREETS, policy_for
from veil.adapters.evaluation import DatasetEvaluation, DatasetSpec
from veil.adapters.vision import VisionAnonymizer
from veil.domain.policy import ObjectClass, Profile
from veil_vision.evaluation.metrics import ClassFigures
from veil_vision.models.catalogue import models_dir


def main(chosen: Sequence[str]) -> None:
    """Print a table row for every class and profile."""
    anonymizer = VisionAnonymizer.open(models_dir(os.environ), threads=1)
    print("| class | profile | models | objects | covered | 95 % interval | false per photo | hidden | CPU-ms per MP |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for classes, street in STREETS:
        for profile in Profile:
            if _is_wanted(chosen, classes, profile):
                for row in _rows(classes, street, profile, anonymizer):
                    print(row, flush=True)


def _is_wanted(chosen: Sequence[str], classes: Sequence[ObjectClass], profile: Profile) -> bool:
    profiles, others = set(chosen) & set(Profile), set(chosen) - set(Profile)
    return (not profiles or profile in profiles) and (not others or not others.isdisjoint(classes))


def _rows(
    classes: Sequence[ObjectClass], street: DatasetSpec, profile: Profile, anonymizer: VisionAnonymizer
) -> Iterator[str]:
    running = DatasetEvaluation(street, policy_for(classes, profile), anonymizer)
    for _ in running.run(at_once=1, report=None):
        pass
    evaluation, models = running.evaluation, " + ".join(running.setting.models)
    for figures in evaluation.classes:
        what = f"{figures.object_class} | {profile} | {models}"
        yield f"| {what} | {_shown(figures)} | {evaluation.cpu_ms_per_megapixel:.0f} |"


def _shown(figures: ClassFigures) -> str:
    covered, false = figures.total.covered, figures.total.false
    low, high = covered.interval
    share = f"{covered.count} | {covered.value or 0:.1%} | {low:.1%} to {high:.1%}"
    return f"{share} | {false.value:.2f} | {figures.hidden:.1%}"


if __name__ == "__main__":
    main(sys.argv[1:])

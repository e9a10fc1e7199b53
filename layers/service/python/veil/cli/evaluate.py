"""`veil evaluate`: how much of what is marked in a customer's own pictures is found."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from veil.cli.classes import policy_of
from veil.cli.console import err, out, progress_bar
from veil.cli.errors import CommandError
from veil.cli.evaluation_table import evaluation_table
from veil.cli.options import (
    DeviceOption,
    ModelsOption,
    PartialModelsOption,
    ProfileOption,
    ThresholdOption,
    chosen_device,
    models_to_look_with,
)
from veil.domain.policy import ObjectClass, Profile

if TYPE_CHECKING:
    from veil.adapters.evaluation import DatasetEvaluation

EXAMPLE = "[dim]Example:[/]  veil evaluate ./street --classes license_plate,person --report ./mistakes"


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(
            help="Folder of pictures and annotations, or the file in it that says what is marked: YOLO (data.yaml or "
            "classes.txt), COCO (.json), Pascal VOC (folder of .xml), or boxes (.csv).",
            show_default=False,
        ),
    ],
    classes: Annotated[str, typer.Option(help="What to measure, separated by commas.")] = "face",
    profile: ProfileOption = Profile.BALANCED,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="What a name of the dataset means: NAME=CLASS, NAME=ignore for what does not count, or NAME=none. "
            "Common words are known.",
            metavar="NAME=CLASS",
            show_default=False,
        ),
    ] = None,
    bins: Annotated[
        list[str] | None,
        typer.Option(
            help="Edges of a class's size bins in pixels, such as license_plate=12,16,24.",
            metavar="CLASS=EDGES",
            show_default=False,
        ),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Folder of the pictures, or of those to measure with.", file_okay=False, show_default=False),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Folder of YOLO's or VOC's label files.", file_okay=False, show_default=False),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="New folder for a page with pictures of what was missed and what was found falsely. They are not "
            "anonymized.",
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the figures.", dir_okay=False, show_default=False)
    ] = None,
    threshold: ThresholdOption = None,
    margin: Annotated[float, typer.Option(help="Growth of each box on every side, relative to it.", min=0)] = 0.1,
    device: DeviceOption = "cpu",
    jobs: Annotated[
        int | None, typer.Option(help="Photos at once; default: one for every core.", min=1, show_default=False)
    ] = None,
    models: ModelsOption = None,
    allow_missing_models: PartialModelsOption = False,
) -> None:
    """Measure on your own marked pictures what is found, what is missed and what is hidden without need.

    An object counts as covered when nine tenths of it would be hidden. Exit code 0 when every picture was
    measured, 1 when some had to be left out, 2 when the command makes no sense or the dataset cannot be read.
    """
    from veil.adapters.evaluation import DatasetEvaluation, DatasetSpec
    from veil.adapters.vision import VisionAnonymizer

    if json_file and not json_file.parent.is_dir():
        raise CommandError(f"There is no folder {json_file.parent}.")
    policy = replace(policy_of(classes, thresholds=threshold), profile=profile, margin=margin)
    spec = DatasetSpec(
        path=dataset, images=images, labels=labels, meanings=_meanings(mapping or []), edges=_edges(bins)
    )
    folder = models_to_look_with(models, profile, policy.classes, allow_missing=allow_missing_models)
    anonymizer = VisionAnonymizer.open(folder, threads=1, device=chosen_device(device))
    policy.require_classes(anonymizer.classes)
    running = DatasetEvaluation(spec, policy, anonymizer)
    err.print(f"Models run on {device}.")
    _look_at_photos(running, jobs or os.cpu_count() or 1, report)
    if json_file:
        json_file.write_text(running.document(), encoding="utf-8")
    for each in evaluation_table(running.evaluation, running.setting):
        out.print(each)
    raise typer.Exit(code=1 if running.evaluation.problems else 0)


def _look_at_photos(running: "DatasetEvaluation", at_once: int, report: Path | None) -> None:
    with progress_bar() as progress:
        for _ in progress.track(
            running.run(at_once=at_once, report=report), total=running.photos, description="Looking"
        ):
            pass


def _meanings(given: list[str]) -> dict[str, str]:
    from veil.adapters.evaluation import MEANINGS

    meanings = {}
    for each in given:
        name, _, meaning = each.rpartition("=")
        if not name or meaning not in MEANINGS:
            raise CommandError(f"--map {each} is not NAME=MEANING, where the meaning is one of {', '.join(MEANINGS)}.")
        meanings[name] = meaning
    return meanings


def _edges(given: list[str] | None) -> dict[ObjectClass, list[float]]:
    edges = {}
    for each in given or []:
        name, _, numbers = each.partition("=")
        try:
            values = [float(number) for number in numbers.split(",")]
        except ValueError as error:
            raise CommandError(f"--bins {each} is not CLASS=EDGES, such as face=8,20,40.") from error
        if name not in set(ObjectClass) or not all(low < high for low, high in zip([0, *values], values, strict=False)):
            raise CommandError(f"--bins {each} is not a class and rising edges above 0, such as face=8,20,40.")
        edges[ObjectClass(name)] = values
    return edges

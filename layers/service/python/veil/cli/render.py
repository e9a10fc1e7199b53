"""`veil render`: a photo or video again, from what was found in it before."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from veil.cli.classes import policy_of
from veil.cli.console import err, out, printable, progress_bar
from veil.cli.errors import CommandError
from veil.cli.options import (
    DEFAULT_CHECK_EVERY,
    DEFAULT_ENCODER,
    CheckEveryOption,
    DeviceOption,
    EncoderOption,
    ModelsOption,
    PartialModelsOption,
    chosen_device,
    models_to_look_with,
)
from veil.cli.signals import stopped_like_ctrl_c
from veil.domain.errors import AnonymizationError
from veil.domain.media import Artifact
from veil.domain.policy import AnonymizationMethod, Audio, ObjectClass, Profile, SavedMasks
from veil.domain.rendering import AddedObject, Changes
from veil.ports.anonymizer import Found
from veil.use_cases.anonymize_files import SCRATCH
from veil.use_cases.file_sink import FileSink

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EXAMPLE = "[dim]Example:[/]  veil render ride.mp4 ride.anonymized.mp4.findings.json.gz -o again.mp4 --without 3"
_NUMBER = r"-?\d+(?:\.\d+)?"
_ADDED = re.compile(rf"(\w+):(?:(\d+)-(\d+):)?({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})", re.ASCII)


def render(
    source: Annotated[Path, typer.Argument(help="The photo or video as it came.", dir_okay=False, exists=True)],
    findings: Annotated[
        Path,
        typer.Argument(help="What `veil anonymize --metadata` found in it: *.findings.json.gz.", exists=True),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The new result.", dir_okay=False)],
    classes: Annotated[
        str | None,
        typer.Option(
            help="What to hide of what was found, separated by commas. Otherwise all that was looked for and is added.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[Literal["blur", "pixelate", "blacken"], typer.Option(help="How regions are hidden.")] = "blur",
    margin: Annotated[
        float | None,
        typer.Option(
            help="Growth of each box on every side, relative to it. Otherwise as it was.", min=0, show_default=False
        ),
    ] = None,
    without: Annotated[
        list[int] | None,
        typer.Option(
            help="What stays visible, by its id in a photo's metadata or its track in a video's; again for more."
        ),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            help="Something nobody found, in pixels as they are shown, of a video in these frames or in all; again for "
            "more.",
            metavar="CLASS:[FIRST-LAST:]X1,Y1,X2,Y2",
        ),
    ] = None,
    audio: Annotated[
        Audio | None, typer.Option(help="What becomes of the audio. Otherwise what became of it.", show_default=False)
    ] = None,
    encoder: EncoderOption = DEFAULT_ENCODER,
    check_every: CheckEveryOption = DEFAULT_CHECK_EVERY,
    device: DeviceOption = "cpu",
    models: ModelsOption = None,
    allow_missing_models: PartialModelsOption = False,
) -> None:
    """Hide what was found in a photo or video before, in another way, without looking for it again.

    Only the finished file is looked at, as always.

    Exit code 0 when it is written, 2 when it is not, 130 when it was stopped.
    """
    from veil.adapters.machine_memory import room_here
    from veil.adapters.rendering import hidden_before
    from veil.adapters.video_options import VideoOptions
    from veil.adapters.vision import VisionAnonymizer

    _require_fit_name(source, output, encoder)
    changes = Changes(tuple(without or ()), tuple(map(_added, add or ())))
    try:
        before = hidden_before(findings)
    except AnonymizationError as error:
        raise CommandError(f"{error.cause}: {error}") from error
    if classes is None:
        classes = ",".join([*before.classes, *(each.object_class for each in changes.added)])
    policy = replace(
        policy_of(classes, thresholds=None, kernel_sizes=None),
        method=AnonymizationMethod(method),
        margin=before.margin if margin is None else margin,
        masks=SavedMasks.NONE,
        audio=before.audio if audio is None else audio,
        check_every=check_every,
    )
    folder = models_to_look_with(models, Profile.BALANCED, policy.classes, allow_missing=allow_missing_models)
    videos = VideoOptions(encoder, workers=os.cpu_count() or 1)
    anonymizer = VisionAnonymizer.open(
        folder, threads=1, device=chosen_device(device), max_room=room_here(), videos=videos
    )
    # Beside the target, so that publishing is a rename within one file system.
    beside = output.absolute().parent
    beside.mkdir(parents=True, exist_ok=True)
    with stopped_like_ctrl_c(), progress_bar() as bar, TemporaryDirectory(dir=beside, prefix=SCRATCH) as scratch:
        task = bar.add_task("Rendering", total=1.0)
        sink = FileSink(Path(scratch))
        try:
            told = anonymizer.render(source, Found(findings, changes), sink, policy, _BarProgress(bar, task))
        except AnonymizationError as error:
            raise CommandError(f"{error.cause}: {error}") from error
        sink.files[Artifact.ANONYMIZED].replace(output)
    out.print(f"{told.hidden} hidden in {printable(output)}")
    for remark in told.remarks:
        err.print(printable(remark))


@dataclass(frozen=True, slots=True)
class _BarProgress:
    """The progress of the video, as a bar."""

    bar: "Progress"
    task: "TaskID"

    def report(self, fraction: float) -> None:
        self.bar.update(self.task, completed=fraction)


def _require_fit_name(source: Path, output: Path, encoder: str) -> None:
    """Refuse to write over a file, or under a name that says what the result is not."""
    from veil.adapters.media_files import result_suffixes

    if output.exists():
        raise CommandError(f"There is a file {output} already.")
    suffixes = result_suffixes(source, encoder)
    if suffixes and output.suffix.lower() not in suffixes:
        raise CommandError(
            f"The result of {source} cannot be called {output.name}: its name ends in {' or '.join(suffixes)}."
        )


def _added(text: str) -> AddedObject:
    """Return what an option adds.

    Raises:
        CommandError: It is written in another way, or names no class.
    """
    match = _ADDED.fullmatch(text)
    if match is None or match[1] not in set(ObjectClass):
        raise CommandError(f"Cannot read {text}; write CLASS:X1,Y1,X2,Y2, such as face:10,20,60,80.")
    x1, y1, x2, y2 = (float(match[at]) for at in range(4, 8))
    if x1 >= x2 or y1 >= y2:
        raise CommandError(f"The box of {text} is empty.")
    first, last = (int(match[2]), int(match[3])) if match[2] else (0, None)
    return AddedObject(ObjectClass(match[1]), (x1, y1, x2, y2), first, last)

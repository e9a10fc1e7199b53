"""`veil anonymize`: files on disk, no service."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from veil.cli.classes import policy_of
from veil.cli.console import err, out, progress_bar
from veil.cli.files import find_files, left_out, plan_jobs
from veil.cli.options import (
    DEFAULT_CHECK_EVERY,
    DEFAULT_ENCODER,
    DEFAULT_MAX_MEGAPIXELS,
    CheckEveryOption,
    DeviceOption,
    EncoderOption,
    MaxMegapixelsOption,
    ModelsOption,
    PartialModelsOption,
    ProfileOption,
    ThresholdOption,
    chosen_device,
    models_to_look_with,
)
from veil.cli.signals import stopped_like_ctrl_c
from veil.cli.summary import summary
from veil.domain.policy import AnonymizationMethod, Audio, BrokenFrames, Policy, Profile, SavedMasks
from veil.use_cases.anonymize_files import FileJob, FileOutcome, FileResult, anonymize_files

if TYPE_CHECKING:
    from veil.adapters.vision import VisionAnonymizer

# 128 and the number of SIGINT, as shells have it.
STOPPED = 130
EXAMPLE = "[dim]Example:[/]  veil anonymize ./photos -o ./anonymized --recursive --method pixelate --masks"


def anonymize(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Pictures, videos, folders of them, or patterns such as 'trip/**/*.jpg'.",
            metavar="FILE|DIR|GLOB...",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Folder for the results, which keep name and sub-folder; by default they lie beside each input, "
            "marked .anonymized.",
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    classes: Annotated[str, typer.Option(help="What to hide, separated by commas.")] = "face",
    method: Annotated[Literal["blur", "pixelate", "blacken"], typer.Option(help="How regions are hidden.")] = "blur",
    profile: ProfileOption = Profile.BALANCED,
    threshold: ThresholdOption = None,
    kernel_size: Annotated[
        str | None,
        typer.Option(
            help="How coarse blur and mosaic are, for all classes or by class, such as face=0.2,person=31: below 1 "
            "relative to the object, from 1 in pixels.",
            metavar="NUMBER|CLASS=NUMBER,...",
            show_default=False,
        ),
    ] = None,
    margin: Annotated[float, typer.Option(help="Growth of each box on every side, relative to it.", min=0)] = 0.1,
    masks: Annotated[bool, typer.Option("--masks", help="Also write the binary and instance masks.")] = False,
    metadata: Annotated[bool, typer.Option("--metadata", help="Also write detections and report as JSON.")] = False,
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Go into sub-folders.")] = False,
    keep_gps: Annotated[bool, typer.Option("--keep-gps", help="Keep the position in the metadata.")] = False,
    keep_capture_time: Annotated[
        bool, typer.Option("--keep-capture-time", help="Keep the capture time in the metadata.")
    ] = False,
    keep_panorama: Annotated[
        bool,
        typer.Option(help="Keep what 360 degree viewers need to know of a panorama; it says nothing about people."),
    ] = True,
    preserve_mtime: Annotated[
        bool, typer.Option("--preserve-mtime", help="Give each picture the modification time of its source.")
    ] = False,
    quality: Annotated[
        int | None,
        typer.Option(
            help="JPEG quality; code JPEGs whole instead of keeping blocks that hide nothing.", min=0, max=100
        ),
    ] = None,
    max_megapixels: MaxMegapixelsOption = DEFAULT_MAX_MEGAPIXELS,
    audio: Annotated[
        Audio, typer.Option(help="What becomes of a video's audio. A voice tells who speaks.")
    ] = Audio.KEEP,
    encoder: EncoderOption = DEFAULT_ENCODER,
    check_every: CheckEveryOption = DEFAULT_CHECK_EVERY,
    keep_bit_rate: Annotated[
        bool, typer.Option("--keep-bit-rate", help="Aim at a video's own bit rate instead of at a quality.")
    ] = False,
    conceal: Annotated[
        bool, typer.Option("--conceal", help="Make damaged frames of a video black; by default the video fails.")
    ] = False,
    device: DeviceOption = "cpu",
    jobs: Annotated[
        int | None, typer.Option(help="Files at once; default: one for every core.", min=1, show_default=False)
    ] = None,
    models: ModelsOption = None,
    allow_missing_models: PartialModelsOption = False,
) -> None:
    """Anonymize files on disk. Inputs are never overwritten; what was done before is skipped.

    JPEG, WebP, AVIF and JPEG 2000 become JPEG; PNG, TIFF, BMP and GIF become PNG; videos become MP4, but .mov and .mkv
    stay what they are (AV1 and VP9 make MP4 of .mov). A file is what its content says, not its name. HEIC, JPEG XL and
    raw camera files are told apart and fail. What is no picture and no video is named and left out.

    Exit code 0 when every file is done, 1 when one or more failed, 2 when the command makes no sense, 130 when it was
    stopped; what was done until then is told and stays.
    """
    from veil.adapters.machine_memory import room_here
    from veil.adapters.video_options import VideoOptions
    from veil.adapters.vision import VisionAnonymizer

    started = time.monotonic()
    policy = replace(
        policy_of(classes, thresholds=threshold, kernel_sizes=kernel_size),
        method=AnonymizationMethod(method),
        profile=profile,
        margin=margin,
        quality=quality,
        masks=SavedMasks.ALL if masks else SavedMasks.NONE,
        keep_gps=keep_gps,
        keep_capture_time=keep_capture_time,
        keep_panorama=keep_panorama,
        audio=audio,
        keep_bit_rate=keep_bit_rate,
        check_every=check_every,
        broken_frames=BrokenFrames.CONCEAL if conceal else BrokenFrames.FAIL,
    )
    found = find_files(files, recursive=recursive, output=output, encoder=encoder)
    planned = plan_jobs(found, output, masks=masks, metadata=metadata)
    folder = models_to_look_with(models, profile, policy.classes, allow_missing=allow_missing_models)
    at_once = jobs or os.cpu_count() or 1
    videos = VideoOptions(encoder=encoder, workers=max(at_once // max(len(planned), 1), 1))
    anonymizer = VisionAnonymizer.open(
        folder,
        threads=1,
        device=chosen_device(device),
        max_pixels=max_megapixels * 1_000_000,
        max_room=room_here(),
        videos=videos,
    )
    policy.require_classes(anonymizer.classes)
    err.print(f"Models run on {device}.")
    results, was_stopped = _with_progress(planned, policy, anonymizer, at_once, preserve_mtime=preserve_mtime)
    results += left_out(found)
    for each in summary(results, time.monotonic() - started):
        out.print(each)
    if was_stopped:
        err.print(f"Stopped: {len(found) - len(results)} of {len(found)} files are left for another run.")
        raise typer.Exit(code=STOPPED)
    raise typer.Exit(code=1 if any(each.outcome is FileOutcome.FAILED for each in results) else 0)


def _with_progress(
    planned: list[FileJob], policy: Policy, anonymizer: "VisionAnonymizer", at_once: int, *, preserve_mtime: bool
) -> tuple[list[FileResult], bool]:
    """Return what became of the files, and whether somebody broke off the work."""
    from importlib.metadata import version

    from veil.adapters.manifest import Manifests

    done_before = Manifests(made_by=f"veil {version('veil')} with {anonymizer.identity}")
    results: list[FileResult] = []
    shares: dict[Path, float] = {}
    with progress_bar() as progress:
        bar = progress.add_task("Anonymizing", total=len(planned))

        def watch(job: FileJob, fraction: float) -> None:
            shares[job.source] = fraction
            progress.update(bar, completed=sum(shares.values()))

        made = anonymize_files(
            planned,
            policy,
            anonymizer=anonymizer,
            done_before=done_before,
            at_once=at_once,
            preserve_mtime=preserve_mtime,
            watch=watch,
        )
        try:
            with stopped_like_ctrl_c():
                for result in made:
                    results.append(result)
                    watch(result.job, 1.0)
        except KeyboardInterrupt:
            return results, True
    return results, False

"""Videos for the service: a policy in, the results of a verified run in the sink."""

import json
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from veil.adapters.video_metadata import write_metadata
from veil.domain.media import Artifact
from veil.domain.policy import BrokenFrames, Policy
from veil.ports.anonymizer import Anonymized, Checkpoints, Progress, Sink
from veil_vision.detect.detector import Detector
from veil_vision.errors import FindingsError
from veil_vision.geometry.detections import ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.render import AddedBox, render_video
from veil_vision.pipelines.video import anonymize_video, look_at_video
from veil_vision.pipelines.video_masks import write_masks
from veil_vision.pipelines.video_output import AnonymizedVideo, VideoSettings
from veil_vision.track.findings import read_findings, write_findings
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import Encoder, EncoderSettings


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """What a deployment decides about videos.

    Attributes:
        encoder: Which program codes the results, as FFmpeg names it.
        workers: Threads that look and paint, for one video.
        check_every: See `Policy.check_every`, for policies that leave it open.
    """

    encoder: str = Encoder.X264.value
    workers: int = 1
    check_every: int = 25


def anonymize_video_file(
    source: Path,
    sink: Sink,
    policy: Policy,
    progress: Progress,
    *,
    recipe: Recipe,
    detectors: Sequence[Detector],
    options: VideoOptions,
) -> Anonymized:
    """Write the results into the sink and tell about them.

    Raises:
        VisionError: There is no result that may be published.
        StaleTaskError: `progress` raised it.
    """
    settings = settings_of(policy, options)
    hides = recipe.method is not None
    # What is not to be written has no name in the sink.
    with sink.writing(Artifact.ANONYMIZED) if hides else nullcontext(source) as target:
        made = anonymize_video(
            source, target, recipe, detectors, settings=settings, report=progress.report, checkpoints=sink.checkpoints
        )
    _write_masks(made, sink, recipe, progress, options)
    with sink.writing(Artifact.METADATA) as file:
        write_metadata(file, made.findings, source.name, hides=hides)
    with sink.writing(Artifact.REPORT) as file:
        file.write_text(json.dumps(made.report))
    with sink.writing(Artifact.FINDINGS) as file:
        file.write_bytes(write_findings(made.findings))
    return Anonymized(len(made.findings.video.tracks) if hides else 0, made.remarks)


def _write_masks(made: AnonymizedVideo, sink: Sink, recipe: Recipe, progress: Progress, options: VideoOptions) -> None:
    with ExitStack() as stack:
        binary, instance = (
            stack.enter_context(sink.writing(artifact)) if is_wanted else None
            for artifact, is_wanted in (
                (Artifact.BINARY_MASK, recipe.binary_mask),
                (Artifact.INSTANCE_MASK, recipe.instance_mask),
            )
        )
        write_masks(
            made.findings,
            recipe,
            binary=binary,
            instance=instance,
            broken=frozenset(made.broken),
            workers=options.workers,
            report=progress.report,
        )


def look_at_video_file(
    source: Path,
    policy: Policy,
    progress: Progress,
    checkpoints: Checkpoints,
    *,
    recipe: Recipe,
    detectors: Sequence[Detector],
    options: VideoOptions,
) -> None:
    """Look at the segments that are the caller's, for whoever anonymizes the video.

    Raises:
        VisionError: It cannot be looked at.
        StaleTaskError: `progress` raised it.
    """
    settings = settings_of(policy, options)
    look_at_video(source, recipe, detectors, settings=settings, report=progress.report, checkpoints=checkpoints)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different from what was found.

    Attributes:
        without: Numbers of tracks that stay visible.
        added: What nobody found: class, first and last frame, x1 y1 x2 y2 in pixels of the frame as it is shown.
    """

    without: tuple[int, ...] = ()
    added: tuple[tuple[str, int, int, tuple[float, float, float, float]], ...] = ()


def render_video_file(
    source: Path,
    target: Path,
    findings: Path,
    policy: Policy,
    *,
    changes: Changes,
    recipe: Recipe,
    detectors: Sequence[Detector],
    options: VideoOptions,
    progress: Progress,
) -> Anonymized:
    """Write the video again from the findings of an earlier run.

    Raises:
        VisionError: The findings do not fit, or there is no result that may be published.
    """
    try:
        found = read_findings(findings.read_bytes())
    except ValueError as error:
        raise FindingsError(str(error)) from error
    added = [AddedBox(ObjectClass(name), first, last, box) for name, first, last, box in changes.added]
    made = render_video(
        source,
        target,
        found,
        recipe,
        detectors,
        settings=settings_of(policy, options),
        report=progress.report,
        without=changes.without,
        added=added,
    )
    return Anonymized(len(made.findings.video.tracks), made.remarks)


def settings_of(policy: Policy, options: VideoOptions) -> VideoSettings:
    """Return what of a policy concerns videos alone, with what the deployment decides where it leaves that open."""
    encoder = EncoderSettings(Encoder(options.encoder), keep_bit_rate=policy.keep_bit_rate)
    return VideoSettings(
        encoder=encoder,
        audio=AudioPolicy(policy.audio),
        conceal=policy.broken_frames is BrokenFrames.CONCEAL,
        check_every=policy.check_every or options.check_every,
        workers=options.workers,
    )

"""Videos for the service: a policy in, the results of a verified run in the sink."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from veil.adapters.video_metadata import write_metadata
from veil.adapters.video_options import VideoOptions
from veil.domain.media import Artifact
from veil.domain.policy import BrokenFrames, Policy
from veil.ports.anonymizer import Anonymized, Checkpoints, Progress, Sink
from veil_vision.detect.detector import Detector
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.render import render_video
from veil_vision.pipelines.video import anonymize_video, look_at_video
from veil_vision.pipelines.video_masks import write_masks
from veil_vision.pipelines.video_output import AnonymizedVideo, VideoSettings
from veil_vision.segment import Segmenter
from veil_vision.track.changes import Changes
from veil_vision.track.findings import Findings, write_findings
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.results import Encoder


def anonymize_video_file(
    source: Path,
    sink: Sink,
    policy: Policy,
    progress: Progress,
    *,
    recipe: Recipe,
    detectors: Sequence[Detector],
    segmenter: Segmenter | None,
    options: VideoOptions,
) -> Anonymized:
    """Write the results into the sink and tell about them.

    Raises:
        VisionError: There is no result that may be published.
        StaleTaskError: `progress` raised it.
    """
    settings = settings_of(policy, options)
    with _target(source, sink, recipe) as target:
        made = anonymize_video(
            source,
            target,
            recipe,
            detectors,
            segmenter,
            settings=settings,
            report=progress.report,
            checkpoints=sink.checkpoints,
        )
    return _written(made, source, sink, progress, recipe=recipe, options=options)


def _target(source: Path, sink: Sink, recipe: Recipe) -> AbstractContextManager[Path]:
    # What is not to be written has no name in the sink.
    return nullcontext(source) if recipe.method is None else sink.writing(Artifact.ANONYMIZED)


def _written(
    made: AnonymizedVideo, source: Path, sink: Sink, progress: Progress, *, recipe: Recipe, options: VideoOptions
) -> Anonymized:
    """Write all results but the video itself, and tell of them."""
    hides = recipe.method is not None
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
    segmenter: Segmenter | None,
    options: VideoOptions,
) -> None:
    """Look at the segments that are the caller's, for whoever anonymizes the video.

    Raises:
        VisionError: It cannot be looked at.
        StaleTaskError: `progress` raised it.
    """
    settings = settings_of(policy, options)
    report = progress.report
    look_at_video(source, recipe, detectors, segmenter, settings=settings, report=report, checkpoints=checkpoints)


def render_video_file(
    source: Path,
    sink: Sink,
    findings: Findings,
    changes: Changes,
    policy: Policy,
    *,
    progress: Progress,
    recipe: Recipe,
    detectors: Sequence[Detector],
    options: VideoOptions,
) -> Anonymized:
    """Write the results again from the findings of an earlier run.

    Raises:
        VisionError: The findings do not fit, or there is no result that may be published.
        StaleTaskError: `progress` raised it.
    """
    settings = settings_of(policy, options)
    with _target(source, sink, recipe) as target:
        made = render_video(
            source, target, findings, recipe, detectors, settings=settings, report=progress.report, changes=changes
        )
    return _written(made, source, sink, progress, recipe=recipe, options=options)


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

"""`veil anonymize`: files on disk, no service."""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from veil.adapters.manifest import Manifest
from veil.adapters.vision import VisionAnonymizer
from veil.cli.console import err, out
from veil.cli.errors import CommandError
from veil.cli.files import find_files, plan_jobs
from veil.cli.options import ModelsOption, chosen_models
from veil.domain.errors import PolicyError, VeilError
from veil.domain.policy import ClassRule, Look, ObjectClass, Policy, SavedMasks
from veil.use_cases.anonymize_files import FileJob, FileOutcome, FileResult, anonymize_files

EXAMPLE = "[dim]Example:[/]  veil anonymize ./photos -o ./anonymized --recursive --look pixelate --masks"


def anonymize(
    files: Annotated[list[str], typer.Argument(help="Files, folders or patterns.", metavar="FILE|DIR|GLOB...")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the results; by default beside each input.")
    ] = None,
    classes: Annotated[str, typer.Option(help="What to hide, separated by commas.")] = "face",
    look: Annotated[Look, typer.Option(help="What hidden regions look like.")] = Look.BLUR,
    threshold: Annotated[
        float | None, typer.Option(help="Least score that counts, 0 to 1; by default the model's.", min=0, max=1)
    ] = None,
    margin: Annotated[float, typer.Option(help="Growth of each box on every side, relative to it.", min=0)] = 0.1,
    masks: Annotated[bool, typer.Option("--masks", help="Also write the binary and instance masks.")] = False,
    metadata: Annotated[bool, typer.Option("--metadata", help="Also write detections and report as JSON.")] = False,
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Go into sub-folders.")] = False,
    keep_gps: Annotated[bool, typer.Option("--keep-gps", help="Keep the position in the metadata.")] = False,
    keep_capture_time: Annotated[
        bool, typer.Option("--keep-capture-time", help="Keep the capture time in the metadata.")
    ] = False,
    quality: Annotated[int, typer.Option(help="JPEG quality.", min=0, max=100)] = 90,
    provider: Annotated[str, typer.Option(help="Where models run: cpu, cuda or tensorrt.")] = "cpu",
    jobs: Annotated[int | None, typer.Option(help="Files at once; default: one for every core.", min=1)] = None,
    models: ModelsOption = None,
) -> None:
    """Anonymize files on disk. Inputs are never overwritten; what was done before is skipped.

    Exit code 0 when every file is done, 1 when one or more failed, 2 when the command makes no sense.
    """
    try:
        policy = _policy(classes, look, threshold)
        policy = replace(
            policy,
            margin=margin,
            quality=quality,
            masks=SavedMasks.ALL if masks else SavedMasks.NONE,
            keep_gps=keep_gps,
            keep_capture_time=keep_capture_time,
        )
        planned = plan_jobs(find_files(files, recursive=recursive), output, masks=masks, metadata=metadata)
        anonymizer = VisionAnonymizer.open(chosen_models(models), threads=1, provider=provider)
        anonymizer.require(policy.classes)
    except VeilError as error:
        raise CommandError(str(error)) from error
    err.print(f"Running on {anonymizer.provider}.")
    results = _with_progress(planned, policy, anonymizer, output, jobs or os.cpu_count() or 1)
    raise typer.Exit(code=_summary(results))


def _policy(classes: str, look: Look, threshold: float | None) -> Policy:
    names = [name.strip().replace("-", "_") for name in classes.split(",") if name.strip()]
    unknown = sorted(set(names) - set(ObjectClass))
    if unknown:
        raise PolicyError("classes", f"Unknown class: {', '.join(unknown)}. Known: {', '.join(ObjectClass)}.")
    if look is Look.DETECT:
        raise PolicyError("look", "Detection alone makes no picture; choose blur, pixelate or blacken.")
    defaults = Policy(face=ClassRule(hide=True))
    rules = {
        name: replace(getattr(_DEFAULTS, name), hide=name in names, threshold=threshold if name in names else None)
        for name in ObjectClass
    }
    return replace(defaults, look=look, **rules)


_DEFAULTS = Policy(face=ClassRule(hide=True, kernel_size=0.35, gradient_start=0.3))


def _with_progress(
    planned: list[FileJob], policy: Policy, anonymizer: VisionAnonymizer, output: Path | None, at_once: int
) -> list[FileResult]:
    done_before = _Manifests(output, anonymizer.identity)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    results = []
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task("Anonymizing", total=len(planned))
        for result in anonymize_files(planned, policy, anonymizer=anonymizer, done_before=done_before, at_once=at_once):
            results.append(result)
            progress.advance(bar)
    return results


class _Manifests:
    """The manifest of the output folder, or of each source's folder where results lie beside it."""

    def __init__(self, output: Path | None, models: str) -> None:
        self._output = output
        self._models = models
        self._opened: dict[Path, Manifest] = {}

    def knows(self, job: FileJob, policy: Policy) -> bool:
        return self._of(job).knows(job, policy)

    def remember(self, job: FileJob, policy: Policy) -> None:
        self._of(job).remember(job, policy)

    def _of(self, job: FileJob) -> Manifest:
        folder = self._output or job.source.parent
        return self._opened.setdefault(folder, Manifest(folder, models=self._models))


def _summary(results: list[FileResult]) -> int:
    failed = [result for result in results if result.outcome is FileOutcome.FAILED]
    if failed:
        table = Table("Failed", "Why", title_justify="left")
        for result in failed:
            table.add_row(str(result.job.source), result.reason)
        out.print(table)
    counts = Counter(result.outcome for result in results)
    out.print(", ".join(f"{counts[outcome]} {outcome}" for outcome in FileOutcome))
    return 1 if failed else 0

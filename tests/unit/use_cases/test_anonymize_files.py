import os
import time
from dataclasses import replace
from threading import Event, Lock

import pytest

from veil.adapters.manifest import Manifests
from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.media import Artifact
from veil.domain.policy import ClassRule, Policy
from veil.ports.anonymizer import Anonymized
from veil.use_cases.anonymize_files import LEFT_OVER_SECONDS, SCRATCH, FileJob, FileOutcome, anonymize_files

POLICY = Policy(face=ClassRule(hide=True))
DONE, SKIPPED, FAILED = FileOutcome.DONE, FileOutcome.SKIPPED, FileOutcome.FAILED


class Hands:
    """Hides by upper case; does as told for files of some names."""

    def __init__(self, **acts):
        self.acts = acts
        self.seen = []
        self.lock = Lock()

    def anonymize(self, source, sink, policy, progress):
        with self.lock:
            self.seen.append(source.name)
        act = self.acts.get(source.stem)
        if act:
            act()
        contents = {Artifact.ANONYMIZED: source.read_bytes().upper(), Artifact.METADATA: b"{}"}
        for artifact, content in contents.items():
            with sink.writing(artifact) as file:
                file.write_bytes(content)
        return Anonymized(hidden=2)


def raising(error):
    def act():
        raise error

    return act


@pytest.fixture
def job(tmp_path):
    """Writes a source and plans its results: `job("a")`."""
    (tmp_path / "in").mkdir()

    def build(name, content=None):
        source = tmp_path / "in" / f"{name}.jpg"
        source.write_text(content or f"photo {name}")
        picture = tmp_path / "out" / source.name
        return FileJob(source, {Artifact.ANONYMIZED: picture, Artifact.METADATA: picture.with_suffix(".json")})

    return build


def run(*jobs, hands=None, policy=POLICY, made_by="models", at_once=2):
    done_before = Manifests(made_by=made_by)
    return list(anonymize_files(jobs, policy, anonymizer=hands or Hands(), done_before=done_before, at_once=at_once))


def outcomes(results):
    return [result.outcome for result in results]


def visible(folder):
    return sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))


def test_results_are_told_in_order_with_what_was_hidden_and_how_long_it_took(job):
    jobs = [job("a"), job("b"), job("c")]
    started = time.perf_counter()

    results = run(*jobs, hands=Hands(a=lambda: time.sleep(0.05)), at_once=2)

    assert [result.job for result in results] == jobs
    assert outcomes(results) == [DONE] * 3
    assert [result.hidden for result in results] == [2, 2, 2]
    assert results[0].seconds >= 0.05
    # Two at once: times that also held what came before would add up to more.
    assert sum(result.seconds for result in results) <= 2 * (time.perf_counter() - started)
    assert jobs[2].picture.read_text() == "PHOTO C"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AnonymizationError(FailureCause.IMAGE_DEFECT, "cut off"), "IMAGE_DEFECT: cut off"),
        (ZeroDivisionError("oops"), "INTERNAL_ERROR: ZeroDivisionError: oops"),
        (MemoryError(), "INTERNAL_ERROR: MemoryError: "),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_a_file_that_fails_leaves_nothing_and_does_not_keep_the_others_from_being_done(error, reason, job, tmp_path):
    results = run(job("a"), job("b"), job("c"), hands=Hands(b=raising(error)))

    assert outcomes(results) == [DONE, FAILED, DONE]
    assert results[1].reason == reason
    assert visible(tmp_path / "out") == ["a.jpg", "a.json", "c.jpg", "c.json"]
    assert list((tmp_path / "out").glob(f"{SCRATCH}*")) == []


def test_an_end_of_asking_ends_the_work_in_hand_which_leaves_nothing(job, tmp_path):
    begun = Event()

    class Slow(Hands):
        def anonymize(self, source, sink, policy, progress):
            if source.stem == "long":
                begun.set()
                for _ in range(300):
                    progress.report(0.5)
                    time.sleep(0.01)
            return super().anonymize(source, sink, policy, progress)

    results = anonymize_files(
        [job("a"), job("long")], POLICY, anonymizer=Slow(), done_before=Manifests(made_by="models"), at_once=2
    )
    assert next(results).outcome is DONE
    begun.wait()
    results.close()

    assert visible(tmp_path / "out") == ["a.jpg", "a.json"]
    assert list((tmp_path / "out").glob(f"{SCRATCH}*")) == []


def test_a_file_that_is_gone_or_has_no_place_to_go_fails_by_name(job, tmp_path):
    gone, fine = job("gone"), job("fine")
    gone.source.unlink()
    (tmp_path / "file").write_text("")
    nowhere = FileJob(job("nowhere").source, {Artifact.ANONYMIZED: tmp_path / "file" / "x.jpg"})

    results = run(gone, nowhere, fine)

    assert outcomes(results) == [FAILED, FAILED, DONE]
    assert results[0].reason == f"No such file or directory: {gone.source}"
    assert str(tmp_path / "file") in results[1].reason


def test_what_was_done_is_skipped_and_not_even_opened(job):
    jobs = [job("a"), job("b")]
    run(*jobs)
    hands = Hands()

    assert outcomes(run(*jobs, hands=hands)) == [SKIPPED, SKIPPED]
    assert hands.seen == []


@pytest.mark.parametrize(
    "change", ["source", "source of the same size", "policy", "models", "picture", "metadata", "wish"]
)
def test_whatever_changes_makes_a_file_due_again(change, job, tmp_path):
    first = second = job("a")
    run(first)
    named = {}
    if change == "source":
        second = job("a", "another photo")
    if change == "source of the same size":
        second = job("a", "PHOTO a")
        later = time.time() + 1
        os.utime(second.source, (later, later))
    if change == "policy":
        named = {"policy": Policy(face=ClassRule(hide=True), quality=80)}
    if change == "models":
        named = {"made_by": "better models"}
    if change == "picture":
        first.picture.unlink()
    if change == "metadata":
        first.targets[Artifact.METADATA].unlink()
    if change == "wish":
        second = FileJob(first.source, {**first.targets, Artifact.METADATA: tmp_path / "out" / "a.meta.json"})

    assert outcomes(run(second, **named)) == [DONE]
    assert outcomes(run(second, **named)) == [SKIPPED]


def test_a_file_that_changes_while_it_is_worked_on_is_due_again(job):
    planned = job("a")

    run(planned, hands=Hands(a=lambda: planned.source.write_text("changed in between")))

    assert outcomes(run(planned)) == [DONE]


def test_a_file_that_failed_is_tried_again(job):
    planned = job("a")
    run(planned, hands=Hands(a=raising(ZeroDivisionError())))

    assert outcomes(run(planned)) == [DONE]


def test_of_two_files_with_one_target_the_last_one_counts(job, tmp_path):
    first, second = job("a"), job("b")
    same_place = FileJob(second.source, first.targets)
    run(first)
    run(same_place)

    assert outcomes(run(same_place)) == [SKIPPED]
    assert outcomes(run(first)) == [DONE]


def test_a_file_that_is_no_result_is_never_replaced(job):
    planned = job("a")
    planned.picture.parent.mkdir()
    planned.picture.write_text("somebody's only copy")

    results = run(planned)

    assert outcomes(results) == [FAILED]
    assert results[0].reason == f"This file is not a result of veil; it is left alone: {planned.picture}"
    assert planned.picture.read_text() == "somebody's only copy"


def test_a_result_that_was_published_just_before_a_crash_is_made_again(job):
    planned = job("a")

    class DiesBeforeRemembering(Manifests):
        def remember(self, job, fingerprint):
            if fingerprint:
                raise KeyboardInterrupt
            super().remember(job, fingerprint)

    done_before = DiesBeforeRemembering(made_by="models")
    with pytest.raises(KeyboardInterrupt):
        list(anonymize_files([planned], POLICY, anonymizer=Hands(), done_before=done_before, at_once=1))
    assert planned.picture.exists()

    assert outcomes(run(planned)) == [DONE]


def test_a_damaged_manifest_makes_files_due_again_and_harms_nothing(job, tmp_path):
    first, second = job("a"), job("b")
    run(first, second)
    manifest = tmp_path / "out" / ".veil-manifest.jsonl"
    text = manifest.read_bytes()
    manifest.write_bytes(text[:-10] + b"\xff\n17\n[1]\n{}")

    assert sorted(outcomes(run(first, second))) == [DONE, SKIPPED]
    assert outcomes(run(first, second)) == [SKIPPED, SKIPPED]


def test_scratch_folders_of_killed_runs_are_taken_away_once_they_are_old(job, tmp_path):
    planned = job("a")
    out = tmp_path / "out"
    old, fresh = out / f"{SCRATCH}old", out / f"{SCRATCH}fresh"
    for each in (old, fresh):
        each.mkdir(parents=True)
        (each / "anonymized").write_text("half a pict")
    # Aged by its own date: the file system's clock need not agree with this machine's.
    long_ago = old.stat().st_mtime - LEFT_OVER_SECONDS - 10
    os.utime(old, (long_ago, long_ago))

    run(planned)

    assert not old.exists()
    assert fresh.exists()


def test_the_picture_appears_after_everything_that_belongs_to_it(job, monkeypatch):
    planned = job("a")
    order = []
    replace = type(planned.picture).replace

    def watched(self, target):
        order.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(type(planned.picture), "replace", watched)
    run(planned)

    assert order == ["a.json", "a.jpg"]


@pytest.mark.parametrize("preserve", [True, False])
def test_a_picture_has_the_time_of_its_source_only_on_demand(job, preserve):
    planned = job("a")
    os.utime(planned.source, (1_000_000_000, 1_000_000_000))

    list(
        anonymize_files(
            [planned],
            POLICY,
            anonymizer=Hands(),
            done_before=Manifests(made_by="m"),
            at_once=1,
            preserve_mtime=preserve,
        )
    )

    assert (planned.picture.stat().st_mtime == 1_000_000_000) == preserve


def test_what_took_no_part_is_told_with_the_result(job):
    class Remarking(Hands):
        def anonymize(self, source, sink, policy, progress):
            return replace(
                super().anonymize(source, sink, policy, progress), remarks=("no position to keep", "on white")
            )

    (result,) = run(job("a"), hands=Remarking())

    assert (result.outcome, result.reason) == (DONE, "no position to keep; on white")

import functools
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from veil.adapters.models import missing_models
from veil.adapters.vision import VisionAnonymizer
from veil.domain.policy import ClassRule, ObjectClass, Policy, Profile
from veil.ports.anonymizer import IgnoredProgress
from veil.use_cases.anonymize_files import FileOutcome, FileResult
from veil.use_cases.file_sink import FileSink

pytestmark = pytest.mark.usefixtures("face_detector")

opened_once = functools.cache(VisionAnonymizer.open)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """What is said, written and left out is the same by every profile, with models that an earlier test opened."""
    monkeypatch.setenv("VEIL_PROFILE", "fast")
    monkeypatch.setattr(VisionAnonymizer, "open", opened_once)


@pytest.fixture
def folder(tmp_path, photo):
    """A folder of photos to anonymize: `in/a.jpg` and `in/sub/b.jpg`, with one face each."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "a.jpg").write_bytes(photo)
    (tmp_path / "in" / "sub" / "b.jpg").write_bytes(photo)
    return tmp_path


def pixels(file):
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def visible(folder):
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file() and each.name[0] != ".")


def test_a_photo_is_anonymized_beside_itself_and_stays_as_it_was(veil, folder, photo):
    answer = veil("anonymize", "in/a.jpg")

    assert answer.code == 0
    assert visible(folder / "in") == ["a.anonymized.jpg", "a.jpg", "sub/b.jpg"]
    assert (folder / "in" / "a.jpg").read_bytes() == photo
    changed = np.abs(pixels(folder / "in/a.anonymized.jpg").astype(int) - pixels(folder / "in/a.jpg")).max(axis=2) > 60
    assert changed.sum() > 500


def test_what_its_libraries_say_of_a_files_tags_stays_unsaid(veil, folder):
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "TIFF", tiffinfo={40_000: "a tag whose value is longer than the file"})
    longer = (0xFF_FFFF).to_bytes(4, "little")
    at = file.getvalue().index((40_000).to_bytes(2, "little") + (2).to_bytes(2, "little")) + 4
    (folder / "a.tif").write_bytes(file.getvalue()[:at] + longer + file.getvalue()[at + 4 :])

    answer = veil("anonymize", "a.tif")

    assert (answer.code, answer.err) == (0, "Models run on cpu.\n")


def test_it_says_what_it_runs_on_what_became_of_each_file_and_how_many_were_hidden(veil, folder):
    answer = veil("anonymize", "in", "-r", "-o", "out")

    assert answer.err == "Models run on cpu.\n"
    rows = [line.split() for line in answer.out.splitlines() if line.strip()]
    assert rows[0] == ["File", "Result", "Hidden", "Seconds"]
    assert [row[:3] for row in rows[2:4]] == [["in/a.jpg", "done", "1"], ["in/sub/b.jpg", "done", "1"]]
    assert answer.out.splitlines()[-1].startswith("2 done, 0 skipped, 0 failed; 2 hidden in ")


def test_running_it_again_skips_what_is_done_and_does_what_is_new(veil, folder, photo):
    veil("anonymize", "in", "-r", "-o", "out")
    before = (folder / "out" / "a.jpg").stat()
    (folder / "in" / "c.jpg").write_bytes(photo)

    answer = veil("anonymize", "in", "-r", "-o", "out")

    assert "1 done, 2 skipped, 0 failed; 1 hidden" in answer.out
    assert (folder / "out" / "a.jpg").stat() == before


OTHER_WISHES = (
    ["--method", "blacken"],
    ["--margin", "0.5"],
    ["--threshold", "0.99"],
    ["--kernel-size", "0.9"],
    ["--profile", "balanced"],
    ["--quality", "50"],
    ["--keep-gps"],
    ["--keep-capture-time"],
    ["--masks"],
    ["--metadata"],
)


def test_another_wish_makes_the_file_due_again(veil, folder):
    veil("anonymize", "in/a.jpg", "-o", "out")

    # Each is another wish than the one before it, too.
    answers = {tuple(options): veil("anonymize", "in/a.jpg", "-o", "out", *options).out for options in OTHER_WISHES}

    assert [options for options, said in answers.items() if "1 done, 0 skipped" not in said] == []


def test_masks_metadata_and_report_are_written_for_those_who_ask(veil, folder):
    answer = veil("anonymize", "in/a.jpg", "-o", "out", "--masks", "--metadata")

    assert answer.code == 0
    assert visible(folder / "out") == [
        "a.jpg",
        "a.jpg.binary_mask.png",
        "a.jpg.findings.json.gz",
        "a.jpg.instance_mask.png",
        "a.jpg.metadata.json",
        "a.jpg.report.json",
    ]
    document = json.loads((folder / "out" / "a.jpg.metadata.json").read_text())
    assert (document["filename"], len(document["detections"])) == ("a.jpg", 1)
    assert json.loads((folder / "out" / "a.jpg.report.json").read_text())["method"] == "blur"
    assert set(np.unique(pixels(folder / "out" / "a.jpg.binary_mask.png"))) == {0, 255}


def test_the_options_reach_the_picture(veil, folder):
    veil("anonymize", "in/a.jpg", "-o", "black", "--method", "blacken", "--margin", "0.1", "--masks")
    veil("anonymize", "in/a.jpg", "-o", "wide", "--method", "blacken", "--margin", "0.6", "--masks")
    veil("anonymize", "in/a.jpg", "-o", "none", "--threshold", "1", "--masks")

    areas = {}
    for name in ("black", "wide", "none"):
        areas[name] = int((pixels(folder / name / "a.jpg.binary_mask.png") > 0).sum())
    assert areas["wide"] > areas["black"] > areas["none"] == 0
    hidden = pixels(folder / "black" / "a.jpg.binary_mask.png") > 0
    assert np.median(pixels(folder / "black" / "a.jpg")[hidden]) <= 2


def test_each_class_has_a_threshold_of_its_own(veil, folder):
    classes = "face,license_plate,person,vehicle"

    veil(
        "anonymize", "in/a.jpg", "-o", "out", "--metadata", "--classes", classes, "--threshold", "0.9,face=.4,person=1"
    )

    models = json.loads((folder / "out" / "a.jpg.report.json").read_text())["models"]
    used = {name: least for model in models for name, least in model["thresholds"].items()}
    assert used == {"face": 0.4, "license_plate": 0.9, "person": 1, "vehicle": 0.9}


def test_each_class_has_a_kernel_size_of_its_own(veil, folder):
    results = []
    for number, sizes in enumerate(["face=0.35", "face=0.35,license-plate=0.9", "face=0.9"]):
        veil("anonymize", "in/a.jpg", "-o", f"out{number}", "--method", "pixelate", "--kernel-size", sizes)
        results.append((folder / f"out{number}" / "a.jpg").read_bytes())

    assert results[0] == results[1] != results[2]


def test_only_the_metadata_that_was_asked_for_is_kept(veil, folder, astronaut):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:11:21 09:00:00"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 0.0)})
    file = io.BytesIO()
    Image.fromarray(astronaut[:128, 128:256]).save(file, "JPEG", exif=exif)
    (folder / "in" / "a.jpg").write_bytes(file.getvalue())

    kept = {}
    for name, options in {"none": [], "gps": ["--keep-gps"], "time": ["--keep-capture-time"]}.items():
        veil("anonymize", "in/a.jpg", "-o", name, *options)
        with Image.open(folder / name / "a.jpg") as image:
            written = image.getexif()
            kept[name] = (bool(written.get_ifd(0x8825)), 0x9003 in written.get_ifd(0x8769))

    assert kept == {"none": (False, False), "gps": (True, False), "time": (False, True)}


def test_files_that_cannot_be_done_are_named_with_the_reason_and_the_others_are_done(veil, folder, photo):
    (folder / "in" / "cut.jpg").write_bytes(photo[: len(photo) // 2])
    (folder / "in" / "text.jpg").write_text("not a photo")

    answer = veil("anonymize", "in", "-o", "out")

    assert answer.code == 1
    assert visible(folder / "out") == ["a.jpg"]
    rows = {line.split()[0]: line for line in answer.out.splitlines() if line.strip()}
    assert "IMAGE_DEFECT" in rows["in/cut.jpg"]
    assert "CONTENT_TYPE_ERROR" in rows["in/text.jpg"]
    assert "1 done, 0 skipped, 2 failed" in answer.out


def test_an_unusual_file_name_is_shown_as_it_is_and_never_obeyed(veil, folder, photo):
    names = ["[bold].jpg", ":smile:.jpg", "\x1b[31mred.jpg", "line\nfeed.jpg", "Ünïcödé 照片.jpg", "\udcff.jpg"]
    for name in names:
        (folder / "in" / name).write_bytes(photo)

    answer = veil("anonymize", *(f"in/{name}" for name in names), "-o", "out")

    assert answer.code == 0
    shown = ["[bold].jpg", ":smile:.jpg", "\\x1b[31mred.jpg", "line\\nfeed.jpg", "Ünïcödé 照片.jpg", "\\udcff.jpg"]
    assert all(f" in/{name} " in answer.out for name in shown)
    assert "\x1b" not in answer.out
    assert len(visible(folder / "out")) == 6


def test_a_photo_beyond_the_limit_is_refused_before_it_is_read(veil, folder, monkeypatch):
    with (folder / "in" / "huge.jpg").open("wb") as file:
        file.write(b"\xff\xd8\xff")
        file.truncate(100_000_001)
    read = []
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read.append(self.name) or read_bytes(self))

    answer = veil("anonymize", "in/huge.jpg", "-o", "out")

    assert answer.code == 1
    assert "IMAGE_TOO_LARGE" in answer.out
    assert "huge.jpg" not in read


def test_the_result_of_a_png_is_a_png_and_of_a_jpeg_a_jpeg(veil, folder, photo):
    with Image.open(io.BytesIO(photo)) as image:
        image.save(folder / "in" / "a.png")

    veil("anonymize", "in/a.png", "in/a.jpg", "-o", "out")

    formats = {}
    for name in ("a.png", "a.jpg"):
        with Image.open(folder / "out" / name) as image:
            formats[name] = image.format
    assert formats == {"a.png": "PNG", "a.jpg": "JPEG"}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["anonymize"], "Missing argument"),
        (["anonymize", "nothing"], "No picture or video found: nothing"),
        (["anonymize", "empty"], "No picture or video found: empty"),
        (["anonymize", "*.gif"], "No picture or video found: *.gif"),
        (["anonymize", "in", "-o", "in"], "would overwrite the input"),
        (["anonymize", "in", "-o", "in/a.jpg"], "'in/a.jpg' is a file"),
        (["anonymize", "in", "--method", "detect"], "'blur', 'pixelate', 'blacken'"),
        (["anonymize", "in", "--classes", "face,dog"], "Unknown class: dog. Known: face, license_plate"),
        (["anonymize", "in", "--classes", ""], "at least one of face"),
        (["anonymize", "in", "--threshold", "2"], "--threshold: The value must lie between 0 and 1."),
        (["anonymize", "in", "--threshold", "face=x"], "--threshold face=x is neither a number nor CLASS=NUMBER"),
        (["anonymize", "in", "--kernel-size", "dog=1"], "--kernel-size dog=1 is neither a number nor CLASS=NUMBER"),
        (["anonymize", "in", "--profile", "hasty"], "'fast', 'balanced', 'thorough'"),
        (["anonymize", "in", "--margin", "nan"], "margin"),
        (["anonymize", "in", "--margin", "9"], "between 0 and 5"),
        (["anonymize", "in", "--quality", "101"], "--quality"),
        (["anonymize", "in", "--jobs", "0"], "--jobs"),
        (["anonymize", "in", "--device", "abacus"], "Unknown device abacus; choose one of cpu, cuda"),
        (["anonymize", "x" * 300], "File name too long"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line_and_changes_nothing(arguments, error, veil, folder):
    (folder / "empty").mkdir()
    before = sorted(folder.rglob("*"))

    answer = veil(*arguments)

    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("error: ")
    assert error in answer.err
    assert len(answer.err.splitlines()) == 1
    assert sorted(folder.rglob("*")) == before


def test_no_class_needs_an_installed_model_where_less_may_be_found(veil, folder):
    (folder / "empty").mkdir()
    every_class = "face,license_plate,person,vehicle"

    answer = veil(
        "anonymize", "in/a.jpg", "-o", "out", "--classes", every_class, "--models", "empty", "--allow-missing-models"
    )

    assert answer.code == 0
    assert (folder / "out").is_dir()


def test_a_default_model_that_a_chosen_folder_lacks_is_an_error(veil, folder):
    answer = veil("anonymize", "in/a.jpg", "--profile", "balanced", "--models", "my typo")

    assert answer.code == 2
    assert "looks with centerface, not installed in my typo" in answer.err
    assert "veil models pull --models 'my typo'" in answer.err
    assert not (folder / "in" / "a.anonymized.jpg").exists()


def test_before_the_first_pull_what_comes_with_veil_looks_and_the_person_is_told(veil, folder, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "empty"))

    answer = veil("anonymize", "in/a.jpg", "--profile", "balanced")

    assert answer.code == 0
    assert "looks with centerface, not installed in" in answer.err
    assert "Less is found without. Install with: veil models pull." in answer.err
    assert (folder / "in" / "a.anonymized.jpg").exists()


def test_a_profile_that_needs_only_what_comes_with_veil_needs_no_folder(tmp_path):
    assert missing_models(tmp_path / "none", Profile.FAST, [ObjectClass.FACE]) == []
    assert missing_models(tmp_path / "none", Profile.BALANCED, [ObjectClass.FACE]) == ["centerface"]
    assert missing_models(tmp_path / "none", Profile.THOROUGH, [ObjectClass.VEHICLE]) == []


def test_whoever_stops_the_work_is_told_what_was_done(veil, folder, monkeypatch):
    def stopped_after_the_first(jobs, policy, **_named):
        yield FileResult(jobs[0], FileOutcome.DONE, hidden=3)
        raise KeyboardInterrupt

    monkeypatch.setattr("veil.cli.anonymize.anonymize_files", stopped_after_the_first)

    answer = veil("anonymize", "in", "--models", "none", "--allow-missing-models")

    assert answer.code == 130
    assert "1 done, 0 skipped, 0 failed" in answer.out
    assert "files are left for another run" in answer.err


@pytest.mark.parametrize(
    ("mode", "worth"), [("L", 1), ("RGB", 1), ("RGBA", 2), ("I;16", 1)], ids=["grey", "colour", "with alpha", "16 bits"]
)
def test_pictures_that_would_not_fit_into_memory_together_wait_for_each_other(
    monkeypatch, face_detector, tmp_path, mode, worth
):
    taken = []
    anonymizer = VisionAnonymizer([face_detector])
    hold = anonymizer._budget.taken
    monkeypatch.setattr(anonymizer._budget, "taken", lambda pixels: taken.append(pixels) or hold(pixels))
    Image.new(mode, (64, 32)).save(tmp_path / "a.png")

    anonymizer.anonymize(tmp_path / "a.png", FileSink(tmp_path), Policy(face=ClassRule(hide=True)), IgnoredProgress())

    assert taken == [64 * 32 * worth]


def test_how_large_a_picture_may_be_is_said_by_whoever_runs_it(veil, folder):
    Image.new("RGB", (1200, 1000)).save(folder / "in" / "large.png")

    refused = veil("anonymize", "in/large.png", "--max-megapixels", "1")
    taken = veil("anonymize", "in/large.png", "--max-megapixels", "2")

    assert (refused.code, taken.code) == (1, 0)
    assert "IMAGE_TOO_LARGE" in refused.out

"""`veil render`: what was found in a photo or video is hidden in another way, or not at all."""

import json
import shutil

import av
import numpy as np
import pytest
from PIL import Image

from tests import clips
from tests.drawn_plates import drawn_plate

pytestmark = pytest.mark.usefixtures("face_detector")
FINDINGS = "ride.anonymized.mp4.findings.json.gz"


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory, astronaut, models):
    """A folder with a video of one face, and what was found in it."""
    from veil.cli import main

    folder = tmp_path_factory.mktemp("looked at")
    clips.make_ride(folder / "ride.mp4", astronaut[:256, 96:352])
    with pytest.raises(SystemExit) as ended:
        main(["anonymize", str(folder / "ride.mp4"), "--metadata", "--models", str(models)])
    assert ended.value.code == 0
    return folder


@pytest.fixture
def ride(looked_at, tmp_path):
    """The same in the folder that the commands run in."""
    shutil.copytree(looked_at, tmp_path, dirs_exist_ok=True)
    return tmp_path / "ride.mp4"


def changes(ride, name):
    """By how much each frame of a result differs from the source at most, above and below."""
    before, after = (np.array(clips.frames_of(each), int) for each in (ride, ride.with_name(name)))
    return np.abs(after - before).max(axis=3)


def has_audio(video):
    with av.open(str(video)) as container:
        return bool(container.streams.audio)


def test_a_face_is_hidden_again_in_another_way(veil, ride):
    answer = veil("render", "ride.mp4", FINDINGS, "-o", "again.mp4", "--method", "blacken")

    assert answer.code == 0, answer.err
    assert answer.out == "1 hidden in again.mp4\n"
    faces = changes(ride, "again.mp4")[:, :150]
    assert all(face.max() > 120 for face in faces)


def test_the_folder_of_a_result_is_made(veil, ride):
    answer = veil("render", "ride.mp4", FINDINGS, "-o", "other/way/again.mp4")

    assert answer.code == 0, answer.err
    assert [each.name for each in (ride.parent / "other/way").iterdir()] == ["again.mp4"]


def test_a_track_may_stay_visible_and_what_nobody_found_be_hidden(veil, ride):
    answer = veil(
        "render", "ride.mp4", FINDINGS, "-o", "again.mp4", "--without", "0", "--add", "face:0-5:20,180,60,220"
    )

    assert answer.code == 0, answer.err
    difference = changes(ride, "again.mp4")
    assert difference[:, :150].max() < 60
    assert all(frame.max() > 20 for frame in difference[:, 180:220, 20:60])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--without", "7"], "Nothing that was found has the number 7."),
        (["--add", "face:0-9:1,2,3,4"], "frames 0 to 5, not 0 to 9"),
        (["--add", "nose:0-5:1,2,3,4"], "Cannot read nose:0-5:1,2,3,4"),
        (["--add", "face:0-5:3,2,3,4"], "is empty"),
    ],
)
def test_what_cannot_be_changed_is_told(veil, ride, options, error):
    answer = veil("render", "ride.mp4", FINDINGS, "-o", "again.mp4", *options)

    assert answer.code == 2
    assert error in answer.err
    assert not ride.with_name("again.mp4").exists()


def test_findings_of_another_video_are_refused(veil, ride):
    clips.make_clip(ride.with_name("other.mp4"), frames=2)

    answer = veil("render", "other.mp4", FINDINGS, "-o", "again.mp4")

    assert answer.code == 2
    assert "of another file" in answer.err


def test_nothing_is_overwritten(veil, ride):
    answer = veil("render", "ride.mp4", FINDINGS, "-o", "ride.mp4")

    assert answer.code == 2
    assert "already" in answer.err


def test_a_result_is_named_as_what_it_is(veil, ride):
    answer = veil("render", "ride.mp4", FINDINGS, "-o", "again.jpg")

    assert answer.code == 2
    assert "cannot be called again.jpg: its name ends in .mp4 or .m4v" in " ".join(answer.err.split())
    assert not ride.with_name("again.jpg").exists()


def test_the_report_of_a_run_names_its_tracks(ride):
    report = json.loads(ride.with_name("ride.anonymized.mp4.report.json").read_text())

    assert [track["track"] for track in report["exposure"]["tracks"]] == [0]


@pytest.fixture
def picture(veil, photo, tmp_path, models):
    """A photo of one face, and what was found in it."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(photo)
    assert veil("anonymize", "photo.jpg", "--metadata", "--models", models).code == 0
    return file


def pixels(file):
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"), int)


def test_a_photo_is_drawn_again_with_its_face_visible_and_something_else_hidden(veil, picture):
    findings = "photo.anonymized.jpg.findings.json.gz"

    answer = veil("render", picture, findings, "-o", "again.jpg", "--without", "0", "--add", "face:20,180,60,220")

    assert answer.code == 0, answer.err
    assert answer.out == "1 hidden in again.jpg\n"
    difference = np.abs(pixels(picture.with_name("again.jpg")) - pixels(picture)).max(axis=2)
    assert not difference[:150, 80:].any()
    assert difference[180:220, 20:60].max() > 20


def test_what_was_hidden_stays_hidden_where_no_classes_are_named(veil, tmp_path, models):
    street = Image.new("RGB", (640, 480), (128, 128, 128))
    street.paste(drawn_plate(), (60, 240))
    street.save(tmp_path / "street.png")
    assert (
        veil("anonymize", "street.png", "--metadata", "--classes", "face,license_plate", "--models", models).code == 0
    )

    answer = veil("render", "street.png", "street.anonymized.png.findings.json.gz", "-o", "again.png")

    assert answer.code == 0, answer.err
    assert answer.out == "1 hidden in again.png\n"


def test_a_voice_that_was_taken_out_stays_out_where_nothing_is_said_of_it(veil, tmp_path, models):
    clips.make_clip(tmp_path / "talk.mp4", audio="aac")
    assert veil("anonymize", "talk.mp4", "--metadata", "--audio", "drop", "--models", models).code == 0

    findings = "talk.anonymized.mp4.findings.json.gz"
    answers = [
        veil("render", "talk.mp4", findings, "-o", "again.mp4"),
        veil("render", "talk.mp4", findings, "-o", "heard.mp4", "--audio", "keep"),
    ]

    assert [answer.code for answer in answers] == [0, 0], answers[0].err
    assert "audio: drop" in answers[0].err
    assert not has_audio(tmp_path / "again.mp4")
    assert has_audio(tmp_path / "heard.mp4")


def test_what_was_hidden_widely_is_hidden_as_widely_where_nothing_is_said_of_it(veil, tmp_path, models):
    street = Image.new("RGB", (640, 480), (128, 128, 128))
    street.paste(drawn_plate(), (60, 240))
    street.save(tmp_path / "street.png")
    asked = ("--classes", "license_plate", "--margin", "1", "--method", "blacken", "--models", models)
    assert veil("anonymize", "street.png", "--metadata", *asked).code == 0

    findings = "street.anonymized.png.findings.json.gz"
    answers = [
        veil("render", "street.png", findings, "-o", "again.png", "--method", "blacken"),
        veil("render", "street.png", findings, "-o", "tight.png", "--method", "blacken", "--margin", "0"),
    ]

    assert [answer.code for answer in answers] == [0, 0], answers[0].err
    first, again, tight = (
        np.count_nonzero(np.asarray(Image.open(tmp_path / name)) == 0)
        for name in ("street.anonymized.png", "again.png", "tight.png")
    )
    assert again >= first > 2 * tight

"""`veil anonymize` on videos: real faces, real files."""

import json

import numpy as np
import pytest

from tests import clips

pytestmark = pytest.mark.usefixtures("face_detector")


@pytest.fixture
def ride(tmp_path, astronaut):
    """A clip of a face that moves to the right."""
    return clips.make_ride(tmp_path / "ride.mp4", astronaut[:256, 96:352])


def test_a_video_is_anonymized_beside_itself(veil, ride):
    answer = veil("anonymize", "ride.mp4", "--metadata")

    assert answer.code == 0, answer.err
    assert answer.out.splitlines()[-1].startswith("1 done, 0 skipped, 0 failed; 1 hidden in ")
    result = ride.with_name("ride.anonymized.mp4")
    before, after = (np.array(clips.frames_of(each), int) for each in (ride, result))
    assert len(after) == 6
    assert all(np.abs(was - now).max(axis=2)[:150].max() > 60 for was, now in zip(before, after, strict=True))
    frames = json.loads(ride.with_name("ride.anonymized.mp4.metadata.json").read_text())["frames"]
    assert [frame["id"] for frame in frames] == list(range(6))
    assert {(each["type_label"], each["track"]) for frame in frames for each in frame["detections"]} == {("face", 0)}


def test_videos_and_pictures_of_a_folder_are_done_together(veil, ride, photo):
    ride.with_name("a.jpg").write_bytes(photo)

    answer = veil("anonymize", ".", "-o", "out", "--masks")

    assert answer.code == 0, answer.err
    made = {each.name for each in (ride.parent / "out").iterdir() if each.name[0] != "."}
    masks = {"a.jpg.binary_mask.png", "a.jpg.instance_mask.png"}
    masks |= {"ride.mp4.binary_mask.mkv", "ride.mp4.instance_mask.mkv"}
    assert {"ride.mp4", "a.jpg", *masks} == made


def test_a_broken_video_fails_by_name_and_leaves_nothing(veil, tmp_path):
    (tmp_path / "ride.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(100))

    answer = veil("anonymize", "ride.mp4")

    assert answer.code == 1
    assert "IMAGE_DEFECT" in answer.out
    assert not (tmp_path / "ride.anonymized.mp4").exists()


def test_an_encoder_that_is_not_there_is_told(veil, ride):
    answer = veil("anonymize", "ride.mp4", "--encoder", "h264_nvenc")

    assert answer.code == 1
    assert "h264_nvenc" in answer.out

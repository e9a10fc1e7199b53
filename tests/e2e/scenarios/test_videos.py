"""A video through the API: every frame is anonymized, and what comes back is a video."""

import numpy as np
import pytest

from tests import clips


@pytest.fixture(scope="module")
def ride(tmp_path_factory, astronaut):
    """A clip of a face that moves, as a file."""
    return clips.make_ride(tmp_path_factory.mktemp("ride") / "ride.mp4", astronaut[:256, 96:352])


@pytest.fixture(scope="module")
def done(ana, ride):
    """A task that ended well."""
    task = ana.create()
    assert ana.upload(task, ride.read_bytes(), headers={"Content-Type": "video/mp4"}).status_code == 200
    return ana.ended(task["task_id"])


def test_the_face_is_hidden_in_every_frame(ana, done, ride, tmp_path):
    answer = ana.download(done["anonymized_url"])
    result = tmp_path / "result.mp4"
    result.write_bytes(answer.content)

    assert answer.headers["Content-Type"] == "video/mp4"
    before, after = (np.array(clips.frames_of(each), int) for each in (ride, result))
    assert len(after) == len(before)
    changes = np.abs(after - before).max(axis=3)[:, :150]
    assert all(change.max() > 60 for change in changes)


def test_the_masks_are_videos_of_the_same_timing_that_show_what_was_hidden(ana, done, ride, tmp_path):
    for kind in ("binary_mask", "instance_mask"):
        answer, mask = ana.download(done[f"{kind}_url"]), tmp_path / f"{kind}.mkv"
        mask.write_bytes(answer.content)

        assert answer.headers["Content-Type"] == "video/x-matroska"
        assert clips.times_of(mask) == pytest.approx(clips.times_of(ride), abs=1e-3)
        assert all(frame[..., 1].any() for frame in clips.frames_of(mask))


def test_the_metadata_tells_of_every_frame(ana, done):
    document = ana.call("GET", f"/v2/task/{done['task_id']}/metadata").json()

    assert [frame["id"] for frame in document["frames"]] == list(range(6))
    assert all(frame["detections"] for frame in document["frames"])


def test_what_only_begins_like_a_video_fails_with_its_cause(ana):
    task = ana.create()
    ana.upload(task, b"\0\0\0\x20ftypisom" + bytes(300), headers={"Content-Type": "video/mp4"})

    assert ana.ended(task["task_id"])["failure_cause"] == "IMAGE_DEFECT"

"""A video's way through the deployed cloud: the same upload, the same task, and a video comes back."""

import numpy as np

from tests import clips


def test_from_upload_to_the_anonymized_video(ana, astronaut, tmp_path):
    ride = clips.make_ride(tmp_path / "ride.mp4", astronaut[:256, 96:352])

    task = ana.create()
    assert ana.upload(task, ride.read_bytes(), headers={"Content-Type": "video/mp4"}).status_code == 200
    done = ana.ended(task["task_id"])

    result = tmp_path / "result.mp4"
    result.write_bytes(ana.download(done["anonymized_url"]).content)
    before, after = (np.array(clips.frames_of(each), int) for each in (ride, result))
    assert len(after) == len(before)
    assert all(np.abs(now - was).max(axis=2)[:150].max() > 60 for was, now in zip(before, after, strict=True))

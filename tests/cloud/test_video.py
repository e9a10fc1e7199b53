"""A video's way through the deployed cloud: the same upload, the same task, and a video comes back."""

import numpy as np
import pytest

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


@pytest.fixture
def long_ride(tmp_path):
    """A video of four segments that says that its frames are as large as a format can say."""
    path, times = tmp_path / "long.mp4", [1750 * number for number in range(48)]
    clip = clips.make_clip(path, frames=48, times=times, options={"g": "12", "sc_threshold": "0"})
    content = bytearray(clip.read_bytes())
    header = content.index(b"tkhd")
    size = header - 4 + int.from_bytes(content[header - 4 : header]) - 8
    content[size : size + 8] = b"\xff\xff\0\0\xff\xff\0\0"
    return bytes(content)


@pytest.mark.slow
def test_a_long_video_is_looked_at_by_an_array_one_of_which_loses_its_machine(
    cloud, ana, long_ride, eventually, monkeypatch
):
    before, puts, tell = len(cloud.jobs.submitted), [], cloud.endpoint.object_created
    monkeypatch.setattr(cloud.endpoint, "object_created", lambda bucket, key: puts.append(key) or tell(bucket, key))
    task = ana.create()
    ana.upload(task, long_ride, headers={"Content-Type": "video/mp4"})
    ((child, _),) = eventually(lambda: list(cloud.jobs.running.items()), what="a child")
    cloud.jobs.reclaim_host(child)

    assert ana.ended(task["task_id"], seconds=300)["task_status"] == "done"
    jobs = cloud.jobs.submitted[before:]
    assert [each.get("arrayProperties") for each in jobs] == [{"size": 4}] * 4 + [None]
    looked = [key for key in puts if "/segments/" in key]
    assert sorted(key.rpartition("/")[2] for key in looked) == [f"{number}.json.gz" for number in range(4)]
    eventually(lambda: not [key for key in cloud.objects() if "/segments/" in key], what="the end of checkpoints")

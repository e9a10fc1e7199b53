"""A finished task is drawn again in the deployed cloud, with the rights that its functions have."""

from io import BytesIO

import numpy as np
from PIL import Image

from tests import clips


def test_a_photo_is_drawn_again_from_its_findings(cloud, ana, portrait):
    first = ana.anonymize(portrait)

    answer = ana.call("POST", f"/v2/task/{first['task_id']}/render", json={"without": [0]})
    assert answer.status_code == 200, answer.text
    again = ana.ended(answer.json()["task_id"])

    assert again["task_status"] == "done", again
    shown = np.asarray(ana.picture(again["anonymized_url"]))
    assert (shown == np.asarray(Image.open(BytesIO(portrait)))).all()
    assert cloud.endpoint.denials == []


def test_a_video_is_drawn_again_from_its_findings(cloud, ana, astronaut, tmp_path):
    ride = clips.make_ride(tmp_path / "ride.mp4", astronaut[:256, 96:352])
    first = ana.anonymize(ride.read_bytes(), save_mask="none")

    answer = ana.call("POST", f"/v2/task/{first['task_id']}/render", json={"anonymization_method": "blacken"})
    assert answer.status_code == 200, answer.text
    again = ana.ended(answer.json()["task_id"])

    assert again["task_status"] == "done", again
    result = tmp_path / "result.mp4"
    result.write_bytes(ana.download(again["anonymized_url"]).content)
    before, after = (np.array(clips.frames_of(each), int) for each in (ride, result))
    assert len(after) == len(before)
    assert all(np.abs(now - was).max(axis=2)[:150].max() > 120 for was, now in zip(before, after, strict=True))
    assert cloud.endpoint.denials == []

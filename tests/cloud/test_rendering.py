"""A finished task is drawn again in the deployed cloud, with the rights that its functions have."""

import numpy as np


def test_a_photo_is_drawn_again_from_its_findings(cloud, ana, encode, astronaut):
    first = ana.anonymize(encode(astronaut[:256, 96:352], "PNG"))

    answer = ana.call("POST", f"/v2/task/{first['task_id']}/render", json={"without": [0]})
    assert answer.status_code == 200, answer.text
    again = ana.ended(answer.json()["task_id"])

    assert again["task_status"] == "done", again
    shown = np.asarray(ana.picture(again["anonymized_url"]).convert("RGB"))
    assert (shown == astronaut[:256, 96:352]).all()
    assert cloud.endpoint.denials == []

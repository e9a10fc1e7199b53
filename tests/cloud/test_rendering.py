"""A finished task is drawn again in the deployed cloud, with the rights that its functions have."""

from io import BytesIO

import numpy as np
from PIL import Image


def test_a_photo_is_drawn_again_from_its_findings(cloud, ana, portrait):
    first = ana.anonymize(portrait)

    answer = ana.call("POST", f"/v2/task/{first['task_id']}/render", json={"without": [0]})
    assert answer.status_code == 200, answer.text
    again = ana.ended(answer.json()["task_id"])

    assert again["task_status"] == "done", again
    shown = np.asarray(ana.picture(again["anonymized_url"]))
    assert (shown == np.asarray(Image.open(BytesIO(portrait)))).all()
    assert cloud.endpoint.denials == []

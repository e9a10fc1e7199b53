"""A photo's way through the deployed cloud: every step goes where the synthesized template leads it."""

import json

import numpy as np
import pytest

FACE = (slice(60, 190), slice(170, 280))


@pytest.fixture(scope="module")
def done(ana, portrait):
    """A task that ended well, and told so."""
    return ana.anonymize(portrait, webhook="https://hooks.example.org/photos")


def test_from_sign_in_to_the_anonymized_photo(ana, done, astronaut):
    picture = np.asarray(ana.picture(done["anonymized_url"])).astype(int)
    mask = np.asarray(ana.picture(done["binary_mask_url"]))
    metadata = ana.call("GET", f"/v2/task/{done['task_id']}/metadata").json()

    assert np.abs(picture - astronaut)[FACE].mean() > 20
    assert mask[FACE].mean() > 200
    assert [each["type_label"] for each in metadata["detections"]] == ["face"]


def test_the_webhook_hears_that_it_is_done(done, receiver, eventually):
    (call,) = eventually(lambda: [each for each in receiver.calls if each[0] == "/photos"], what="the webhook's call")

    assert json.loads(call[2])["task_id"] == done["task_id"]

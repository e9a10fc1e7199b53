"""A finished task is drawn again through the API, from its upload and its findings."""

import numpy as np
import pytest

from tests import clips


@pytest.fixture(scope="module")
def face_and_none(astronaut, encode):
    """A PNG with one face."""
    return encode(astronaut[:256, 96:352], "PNG")


def render(client, task_id, **body):
    answer = client.call("POST", f"/v2/task/{task_id}/render", json=body)
    assert answer.status_code == 200, answer.text
    return client.ended(answer.json()["task_id"])


def pixels(client, task):
    assert task["task_status"] == "done", task
    return np.asarray(client.picture(task["anonymized_url"]).convert("RGB"), int)


@pytest.fixture(scope="module")
def first(ana, face_and_none):
    """A finished task of a photo with a face."""
    return ana.anonymize(face_and_none)


def test_a_photo_is_hidden_in_another_way_and_something_else_as_well(ana, first, astronaut):
    box = {"type_label": "face", "bbox": [20, 180, 60, 220]}

    again = pixels(ana, render(ana, first["task_id"], anonymization_method="blacken", add=[box]))

    blurred = pixels(ana, first)
    assert again[190:210, 30:50].max() == 0
    assert (blurred[190:210, 30:50] == astronaut[190:210, 126:146]).all()
    assert (again[:150, 80:] != blurred[:150, 80:]).any()


def test_a_face_may_stay_visible(ana, first, astronaut):
    (face,) = ana.call("GET", f"/v2/task/{first['task_id']}/metadata").json()["detections"]

    again = pixels(ana, render(ana, first["task_id"], without=[face["id"]]))

    assert (again == astronaut[:256, 96:352]).all()


def test_what_the_findings_do_not_hold_fails_the_new_task_with_its_reason(ana, first):
    again = render(ana, first["task_id"], without=[7])

    assert (again["task_status"], again["failure_cause"]) == ("failed", "PARAMETER_ERROR_FORMAT")
    assert "number 7" in again["failure_reason"]


def test_a_video_is_hidden_in_another_way(ana, astronaut, tmp_path):
    ride = clips.make_ride(tmp_path / "ride.mp4", astronaut[:256, 96:352])
    done = ana.anonymize(ride.read_bytes(), anonymization_method="blur")

    again = render(ana, done["task_id"], anonymization_method="blacken", save_mask="none")

    result = tmp_path / "result.mp4"
    result.write_bytes(ana.download(again["anonymized_url"]).content)
    before, after = (np.array(clips.frames_of(each), int) for each in (ride, result))
    assert len(after) == len(before)
    assert all(np.abs(now - was).max(axis=2)[:150].max() > 120 for was, now in zip(before, after, strict=True))


def test_nothing_is_drawn_again_once_the_upload_is_deleted(ana, face_and_none):
    done = ana.anonymize(face_and_none)
    again = render(ana, done["task_id"], anonymization_method="pixelate")
    ana.call("DELETE", f"/v2/task/{done['task_id']}")

    answer = ana.call("POST", f"/v2/task/{again['task_id']}/render", json={})

    assert answer.status_code == 409
    assert "its upload is gone" in answer.json()["error"]
    assert ana.download(again["anonymized_url"]).status_code == 200


def test_another_owners_task_is_no_task(ben, first):
    answer = ben.call("POST", f"/v2/task/{first['task_id']}/render", json={})

    assert answer.status_code == 400

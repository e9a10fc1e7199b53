"""What lands is judged by its header, takes the lane that suits it, and nothing is ever put in its place."""

import hashlib
import json
from contextlib import ExitStack
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from veil.http.file_id import task_id_of

LIMIT_BYTES = 100_000_000


@pytest.fixture(scope="module")
def empty_room():
    """A JPEG of 512 x 512 with nobody in it."""
    file = BytesIO()
    Image.fromarray(np.full((512, 512, 3), 90, np.uint8)).save(file, "JPEG")
    return file.getvalue()


def announcing(width, height):
    """A PNG that announces a size and has hardly a pixel."""
    file = BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG")
    data = file.getvalue()
    return data[:16] + width.to_bytes(4) + height.to_bytes(4) + data[24:]


def md5(content):
    return hashlib.md5(content).hexdigest()


def original(task):
    return f"{task['customer_id']}/{task['task_id']}/original"


def faces(client, task):
    return len(client.call("GET", f"/v2/task/{task['task_id']}/metadata").json()["detections"])


def queued(client, task):
    return client.status(task["task_id"])["task_status"] == "queued"


def test_a_second_upload_between_acceptance_and_work_is_deleted(cloud, ana, portrait, empty_room, eventually):
    task = ana.create()
    with cloud.functions["anonymizer"].held():
        ana.upload(task, portrait)
        eventually(lambda: queued(ana, task), what="the acceptance")

        assert ana.upload(task, empty_room).status_code == 200
        eventually(lambda: cloud.versions(original(task)) == [md5(portrait)], what="the deletion")

    assert ana.ended(task["task_id"])["task_status"] == "done"
    assert faces(ana, task) == 1


def test_a_second_upload_that_nobody_heard_of_yet_is_not_worked_on(cloud, ana, portrait, empty_room, eventually):
    task = ana.create()
    with ExitStack() as unheard:
        with cloud.functions["anonymizer"].held():
            ana.upload(task, portrait)
            eventually(lambda: queued(ana, task), what="the acceptance")
            unheard.enter_context(cloud.functions["on_upload"].held())
            ana.upload(task, empty_room)
        done = ana.ended(task["task_id"])

        assert cloud.versions(original(task)) == [md5(empty_room), md5(portrait)]
        assert (done["task_status"], faces(ana, task)) == ("done", 1)
    eventually(lambda: cloud.versions(original(task)) == [md5(portrait)], what="the deletion")


def test_the_same_upload_sent_again_changes_nothing(cloud, ana, portrait, eventually):
    task = ana.create()
    with cloud.functions["anonymizer"].held():
        for _ in range(2):
            assert ana.upload(task, portrait).status_code == 200

    assert ana.ended(task["task_id"])["task_status"] == "done"
    eventually(lambda: cloud.versions(original(task)) == [md5(portrait)], what="the deletion of one of the two")


@pytest.mark.parametrize("what", ["pixels", pytest.param("bytes", marks=pytest.mark.slow)])
def test_an_upload_beyond_the_limit_fails_its_task_and_is_deleted(cloud, ana, receiver, eventually, what):
    picture = announcing(20_000, 10_001) if what == "pixels" else announcing(10, 10) + bytes(LIMIT_BYTES)
    task = ana.create(webhook=f"https://hooks.example.org/too-large-{what}")

    assert ana.upload(task, picture).status_code == 200

    ended = ana.ended(task["task_id"])
    assert (ended["task_status"], ended["failure_cause"]) == ("failed", "IMAGE_TOO_LARGE")
    eventually(lambda: cloud.versions(original(task)) == [], what="the deletion")
    told = eventually(lambda: [body for path, _, body in receiver.calls if path == f"/too-large-{what}"])
    assert json.loads(told[0])["failure_cause"] == "IMAGE_TOO_LARGE"


def test_an_image_of_v1_that_announces_too_many_pixels_is_refused_and_leaves_nothing(cloud, ana):
    answer = ana.call("POST", "/v1/file?face=True", data=announcing(20_000, 10_001))

    assert answer.status_code == 200, answer.text
    assert ana.ended(task_id_of(answer.json()["file_id"]))["failure_cause"] == "IMAGE_TOO_LARGE"
    assert not [key for key in cloud.objects() if f"/{task_id_of(answer.json()['file_id'])}/" in key]
    assert cloud.endpoint.denials == []


def test_many_pixels_take_the_gpu_lane_however_few_their_bytes(cloud, ana):
    with cloud.functions["anonymizer"].held():
        task_id = ana.submit(announcing(8001, 8000))

        assert ana.ended(task_id)["failure_cause"] == "IMAGE_DEFECT"


def test_an_image_of_v1_that_is_offered_twice_is_worked_on_once(cloud, ana, portrait, receiver, eventually):
    query = "face=True&webhook=https%3A%2F%2Fhooks.example.org%2Fv1-once"
    with cloud.functions["anonymizer"].held():
        with cloud.functions["on_upload"].held():
            file_id = ana.call("POST", f"/v1/file?{query}", data=portrait).json()["file_id"]
        # By who took it, and by who heard that it landed.
        eventually(lambda: cloud.messages("ExpressLaneWorkQueue") == 2, what="the second offer")

    assert ana.ended(task_id_of(file_id))["task_status"] == "done"
    eventually(lambda: cloud.messages("ExpressLaneWorkQueue") == 0, what="the end of both offers")
    told = eventually(lambda: [path for path, _, _ in receiver.calls if path == "/v1-once"], what="the webhook")
    assert len(told) == 1
    runs = {key.split("/")[2] for key in cloud.objects() if f"/{task_id_of(file_id)}/" in key}
    assert runs == {"original", "1"}


def test_an_image_of_v1_is_deleted_by_v2_and_says_so(cloud, ana, portrait):
    file_id = ana.call("POST", "/v1/file?face=True", data=portrait).json()["file_id"]
    task_id = task_id_of(file_id)
    ana.ended(task_id)

    assert ana.call("DELETE", f"/v2/task/{task_id}").status_code == 200

    assert not [key for key in cloud.objects() if f"/{task_id}/" in key]
    assert ana.call("GET", f"/v1/file/{file_id}/status").json()["file_status"] == "deleted"
    assert ana.call("GET", f"/v1/file/{file_id}/original").status_code == 404

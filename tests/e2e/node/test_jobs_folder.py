"""Syntonym's backend API on a node that shares a folder with its clients."""

import json
from io import BytesIO
from uuid import uuid4

import pytest
import requests
from PIL import Image

from tests.archives import make_zip
from tests.clips import make_ride
from tests.e2e.documented import operations_by_id
from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key

CONFIG = {"blur_face": True, "enable_lp": "FALSE", "blur_threshold": 0.5, "lp_threshold": 0.5, "mask_blur": False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, portrait, astronaut):
    """A folder with a photo, a video and an archive of both."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "sample.jpg").write_bytes(portrait)
    make_ride(folder / "sample3.mp4", astronaut, frames=11)
    files = [("a.jpg", portrait), ("ride.mp4", (folder / "sample3.mp4").read_bytes()), ("notes.txt", b"text")]
    (folder / "sample.zip").write_bytes(make_zip(files))
    return folder


@pytest.fixture(scope="module")
def node(new_node, folder):
    return new_node("--jobs-folder", folder, "--profile", "fast").start()


@pytest.fixture
def new_call(node):
    """Builds a caller with a key of its own, which is good for these credits."""

    def build(credits_granted):
        stores = node.stores()
        made = add_key(uuid4().hex, keys=stores.api_keys, clock=SystemClock(), credits_granted=credits_granted)

        def call(method, path, body=None):
            answer = requests.request(
                method, f"{node.base_url}/{path}", json=body, headers={"access_token": made.secret}, timeout=60
            )
            return answer.status_code, answer.json()

        call.balance = lambda: stores.ledger.balance(made.key.key_id)
        return call

    return build


def process(call, route="process_file", file="sample.jpg", **more):
    return call("POST", route, {"file_path": f"/syntonym/jobs/{file}", "model": "blur", "model_config": CONFIG} | more)


def ended(call, job_id, eventually):
    """Wait for the end of a job and return its standing."""
    return eventually(
        lambda: (told := call("GET", f"job_status/{job_id}")[1])["status"] in {100, 200} and told, what="the job's end"
    )


def test_a_file_of_the_folder_becomes_a_result_in_the_folder(folder, new_call, eventually):
    call = new_call(5)

    status, job = process(call, "process_image", model_config=json.dumps(CONFIG))

    assert (status, job["status"], job["input_file"]) == (200, 0, "/syntonym/jobs/sample.jpg")
    assert (job["is_approved"], job["has_errors"], job["cancelled"]) == (False, False, False)
    (task,) = job["tasks"]
    assert call("GET", f"task_status/{task['task_id']}") == (
        200,
        {"task_id": task["task_id"], "task_status": 0, "status_detail": "new"},
    )
    assert call("POST", f"approve_job/{job['job_id']}") == (200, {"message": "The job is approved."})
    assert ended(call, job["job_id"], eventually) == {
        "job_id": job["job_id"],
        "status": 100,
        "status_detail": "completed",
    }
    made = Image.open(folder / job["job_id"] / "sample_anon.jpg")
    assert made.size == (512, 512)
    assert made.tobytes() != Image.open(folder / "sample.jpg").tobytes()
    assert call("GET", f"task_status/{task['task_id']}")[1]["task_status"] == 100
    assert call.balance() == 4


def test_an_archive_and_a_video_are_processed_and_a_job_that_ended_is_deleted(folder, new_call, eventually):
    call = new_call(20)
    _, archive = process(call, file="sample.zip")
    _, video = process(call, "process_video", "sample3.mp4")

    for job in (archive, video):
        assert call("POST", f"approve_job/{job['job_id']}")[0] == 200
        assert ended(call, job["job_id"], eventually)["status"] == 100

    names = {each.name for each in (folder / archive["job_id"]).iterdir()}
    assert names == {"a_anon.jpg", "ride_anon.mp4"}
    assert {each.name for each in (folder / video["job_id"]).iterdir()} == {"sample3_anon.mp4"}
    assert call("DELETE", f"delete_job/{archive['job_id']}") == (200, {"message": "The job is deleted."})
    assert not (folder / archive["job_id"]).exists()
    assert (folder / "sample.zip").exists()
    for path in (f"job_status/{archive['job_id']}", f"task_status/{archive['tasks'][0]['task_id']}"):
        assert call("GET", path)[0] == 404


def test_cancelling_ends_job_and_tasks_before_they_start(new_call):
    call = new_call(20)
    _, job = process(call)
    _, other = process(call)

    assert call("DELETE", f"delete_job/{job['job_id']}")[0] == 400
    assert call("POST", f"cancel_job/{job['job_id']}")[0] == 200
    assert call("POST", f"cancel_task/{other['tasks'][0]['task_id']}")[0] == 200

    assert call("GET", f"job_status/{job['job_id']}")[1]["status"] == 200
    assert call("GET", f"task_status/{job['tasks'][0]['task_id']}")[1]["task_status"] == 200
    assert call("GET", f"task_status/{other['tasks'][0]['task_id']}")[1]["task_status"] == 200
    assert call("POST", f"cancel_job/{job['job_id']}")[0] == 400
    assert call("POST", f"approve_job/{job['job_id']}")[0] == 202
    assert call("DELETE", f"delete_job/{job['job_id']}")[0] == 200
    assert call.balance() == 20


def test_without_enough_credits_nothing_is_approved(new_call):
    call = new_call(1)
    _, video = process(call, "process_video", "sample3.mp4")

    assert call("POST", f"approve_job/{video['job_id']}")[0] == 402


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"file_path": "/syntonym/jobs/missing.jpg"}, 404),
        ({"file_path": "/syntonym/jobs/../sample.jpg"}, 404),
        ({"file_path": "/etc/sample.jpg"}, 404),
        ({"file_path": "/syntonym/jobs/sample.mp4"}, 422),
        ({"file_path": 7}, 422),
        ({"model": "syn"}, 400),
        ({"model": "other"}, 422),
        ({"model_config": {"blur_face": "yes"}}, 422),
        ({"model_config": "{"}, 422),
    ],
)
def test_bad_requests_are_refused_in_the_contracts_words(body, status, new_call):
    answered, told = process(new_call(5), "process_image", **body)

    assert answered == status
    assert told["detail"]


def test_whatever_is_asked_or_done_one_keys_job_looks_like_none_to_another(new_call):
    _, job = process(new_call(5))
    names = {"job_id": job["job_id"], "task": job["tasks"][0]["task_id"]}
    stranger = new_call(5)

    operations = [each for each in operations_by_id("apiKey") if "{file_name}" not in each[1]]
    answers = {path: stranger(method, path[1:].format(**names))[0] for method, path in operations}
    callback = {"job_id": job["job_id"], "callback_url": "https://example.org/"}

    assert set(answers.values()) == {404}, answers
    assert stranger("POST", "v1/notify_on_job_status", callback)[0] == 404


def test_where_nobody_signs_in_the_default_key_pays(new_node, folder, eventually):
    with_none = new_node("--jobs-folder", folder, "--auth", "none", "--profile", "fast").start()
    body = {"file_path": "/syntonym/jobs/sample.jpg", "model_config": CONFIG}

    def call(method, path, body=None):
        answer = requests.request(method, f"{with_none.base_url}/{path}", json=body, timeout=60)
        return answer.status_code, answer.json()

    status, told = call("POST", "process_file", body)
    assert (status, "veil keys add default" in told["detail"]) == (401, True)
    with_none.run_command("keys", "add", "default", "--credits", "3")
    _, job = call("POST", "process_file", body)
    assert call("POST", f"approve_job/{job['job_id']}")[0] == 200
    assert ended(call, job["job_id"], eventually)["status"] == 100
    assert Image.open(BytesIO((folder / job["job_id"] / "sample_anon.jpg").read_bytes())).size == (512, 512)
    with_none.close()

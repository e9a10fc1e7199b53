"""From creation to deletion, as a customer sees it."""

import json

import numpy as np
import pytest
import requests
from PIL import Image

from tests.e2e.documented import operations_by_id
from veil.http.file_id import file_id_of

FACE = (slice(60, 190), slice(170, 280))  # where the astronaut's face is, in rows and columns
FAR = (slice(380, 500), slice(20, 150))


@pytest.fixture(scope="module")
def done(ana, portrait):
    """A task that ended well."""
    return ana.anonymize(portrait)


def test_a_new_task_has_a_number_an_upload_url_and_its_parameters(ana):
    created = ana.create(**{"license-plate": False, "quality": 80})

    assert isinstance(created["task_id"], int)
    assert created["upload_url"].startswith("http")
    assert (created["task_status"], created["quality"], created["face"]) == ("new", 80, True)
    assert ana.status(created["task_id"])["task_status"] == "new"


@pytest.mark.parametrize("path", ["/v2/task", "/v2/task/"])
@pytest.mark.parametrize("key", ["anonymization-method", "anonymization_method"])
@pytest.mark.parametrize("kind", [None, "text/plain", "application/json"])
def test_creation_needs_neither_a_spelling_nor_a_slash_nor_a_content_type(ana, path, key, kind):
    headers = {"Authorization": ana.token} | ({"Content-Type": kind} if kind else {})

    answer = ana.call("POST", path, headers=headers, data=json.dumps({key: "blur", "face": True}))

    assert answer.status_code == 200


def test_the_anonymized_picture_hides_the_face_and_keeps_the_rest(ana, done, astronaut):
    picture = ana.picture(done["anonymized_url"])

    change = np.abs(np.asarray(picture).astype(int) - astronaut)
    assert (picture.format, picture.size, picture.mode) == ("JPEG", (512, 512), "RGB")
    assert change[FACE].mean() > 20
    assert change[FAR].mean() < 5


def test_the_binary_mask_is_white_where_something_was_hidden(ana, done):
    mask = np.asarray(ana.picture(done["binary_mask_url"]))

    assert mask.shape == (512, 512)
    assert set(np.unique(mask)) == {0, 255}
    assert mask[FACE].mean() > 200
    assert not mask[FAR].any()


def test_the_instance_mask_names_class_and_instance(ana, done):
    binary = np.asarray(ana.picture(done["binary_mask_url"]))
    instance = np.asarray(ana.picture(done["instance_mask_url"]))

    face_bit = 32
    assert instance.shape == (512, 512, 3)
    assert not instance[..., 0].any()
    assert np.array_equal(instance[..., 2] > 0, binary > 0)
    assert set(np.unique(instance[..., 2])) == {0, face_bit}
    assert instance[..., 1][binary > 0].all()


def test_the_metadata_names_the_face(ana, done):
    document = ana.call("GET", f"/v2/task/{done['task_id']}/metadata").json()

    (face,) = document["detections"]
    x1, y1, x2, y2 = face["bbox"]
    assert face["type_label"] == "face"
    assert 150 < x1 < x2 < 300
    assert 30 < y1 < y2 < 220


def test_get_and_status_bring_fresh_urls_every_time(ana, done):
    again = ana.status(done["task_id"])
    whole = ana.call("GET", f"/v2/task/{done['task_id']}/").json()

    assert again.keys() == done.keys()
    assert whole["task_status"] == "done"
    assert ana.picture(again["anonymized_url"]).size == ana.picture(whole["anonymized_url"]).size


def test_there_is_no_metadata_before_the_end(ana):
    answer = ana.call("GET", f"/v2/task/{ana.create()['task_id']}/metadata")

    assert answer.status_code == 409


def test_a_list_can_be_paged_through_and_filtered(new_client, service, portrait):
    ben = new_client(service.ben)
    created = [ben.create()["task_id"] for _ in range(5)]
    finished = ben.anonymize(portrait)["task_id"]

    pages, token = [], None
    while True:
        query = {"limit": 2} | ({"page_token": token} if token else {})
        page = ben.call("GET", "/v2/task", params=query).json()
        pages.append([item["task_id"] for item in page["items"]])
        token = page["next_page_token"]
        if token is None:
            break
    done = ben.call("GET", "/v2/task/", params={"task_status": "done,failed"}).json()["items"]

    listed = [task_id for page in pages for task_id in page]
    assert listed[:6] == [finished, *reversed(created)]
    assert max(map(len, pages)) == 2
    assert finished in [item["task_id"] for item in done]
    assert {item["task_status"] for item in done} <= {"done", "failed"}


def test_after_deletion_nothing_is_left_but_a_line_in_the_list(ana, portrait):
    done = ana.anonymize(portrait)
    task_id = done["task_id"]

    deleted = ana.call("DELETE", f"/v2/task/{task_id}")

    assert deleted.json() == {"task_id": task_id, "task_status": "deleted"}
    for method, path in (("GET", ""), ("GET", "/status"), ("GET", "/metadata"), ("DELETE", "")):
        answer = ana.call(method, f"/v2/task/{task_id}{path}")
        assert (answer.status_code, answer.json()["error"]) == (404, "Task is deleted. Please upload a new task.")
    # S3 says "forbidden" of what is not there to who may not list the bucket, and who signs URLs may not.
    assert ana.download(done["anonymized_url"]).status_code in {403, 404}
    listed = ana.call("GET", "/v2/task", params={"task_status": "deleted"}).json()["items"]
    assert task_id in [item["task_id"] for item in listed]


def test_a_task_may_be_deleted_before_its_upload_which_is_then_refused(ana, portrait):
    task = ana.create()
    ana.call("DELETE", f"/v2/task/{task['task_id']}")

    answer = ana.upload(task, portrait)

    assert answer.status_code == 404


def test_whatever_is_asked_or_done_somebody_elses_task_looks_like_no_task(ana, ben, done):
    theirs, nobodys = done["task_id"], done["task_id"] + 1
    names = {number: {"task_id": str(number), "file_id": file_id_of(number)} for number in (theirs, nobodys)}

    def answer(method, path, number):
        told = ben.call(method, path.format(**names[number]), json={"anonymization_method": "blur", "face": True})
        text = told.text
        for name, value in names[number].items():
            text = text.replace(value, name)
        return told.status_code, text, told.headers.keys()

    for method, path in operations_by_id("accessToken"):
        told = answer(method, path, theirs)

        assert told == answer(method, path, nobodys), path
        assert told[0] in {400, 404}, path
    assert ana.status(theirs)["task_status"] == "done"


def test_nobody_lists_somebody_elses_tasks(ben, done):
    items = ben.call("GET", "/v2/task", params={"limit": 200}).json()["items"]

    assert done["task_id"] not in [item["task_id"] for item in items]


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("", 400, "Could not create task. Please add a JSON body."),
        ("[]", 400, "Could not create task. Request body is not correct. It must be a JSON object."),
        (
            '{"anonymization_method": "detect", "face": true}',
            400,
            "Could not create task. anonymization_method parameter received an unexpected value.",
        ),
        (
            '{"anonymization_method": "blur", "face": true, "colour": 1}',
            400,
            "Could not create task. colour parameter caused an error. This parameter does not exist.",
        ),
    ],
)
def test_a_wrong_request_is_told_why(ana, body, status, text):
    answer = ana.call("POST", "/v2/task", data=body)

    assert (answer.status_code, answer.json()) == (status, {"status_code": status, "error": text})


def test_all_four_classes_are_looked_for(ana, portrait):
    done = ana.anonymize(portrait, person=True, vehicle=True, **{"license-plate": True})

    assert done["task_status"] == "done"
    found = ana.call("GET", f"/v2/task/{done['task_id']}/metadata").json()["detections"]
    assert {"face", "person"} <= {each["type_label"] for each in found}


def test_thirty_threads_of_the_vendors_client_get_thirty_pictures(service, portrait):
    """The reference client: bare `requests` calls, no content types, slashes at the end, polling."""
    from concurrent.futures import ThreadPoolExecutor
    from io import BytesIO
    from time import sleep

    url = service.base_url + "/v2"
    credentials = json.dumps({"username": service.ana[0], "password": service.ana[1]})
    token = requests.post(f"{url}/signin/", data=credentials).json()["AccessToken"]
    config = {"anonymization-method": "blur", "face": True, "license-plate": False, "quality": 90}

    def run(_):
        created = requests.post(f"{url}/task/", headers={"Authorization": token}, data=json.dumps(config))
        assert created.status_code == 200
        task = created.json()
        assert requests.put(task["upload_url"], data=portrait).status_code == 200
        for _try in range(1000):
            answer = requests.get(f"{url}/task/{task['task_id']}/status", headers={"Authorization": token})
            assert answer.status_code == 200
            if answer.json()["task_status"] in {"done", "failed"}:
                break
            sleep(1)
        return Image.open(BytesIO(requests.get(answer.json()["anonymized_url"]).content)).size

    with ThreadPoolExecutor(30) as threads:
        sizes = list(threads.map(run, range(30)))

    assert sizes == [(512, 512)] * 30


def test_a_cancelled_task_takes_no_file_and_cannot_be_cancelled_again(ana, portrait):
    task = ana.create()

    cancelled = ana.call("POST", f"/v2/task/{task['task_id']}/cancel")

    assert (cancelled.status_code, cancelled.json()["failure_cause"]) == (200, "CANCELLED")
    assert ana.call("POST", f"/v2/task/{task['task_id']}/cancel").status_code == 409
    ana.upload(task, portrait)
    assert ana.call("GET", f"/v2/task/{task['task_id']}/status").json() == cancelled.json()

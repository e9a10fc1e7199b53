"""The cloud's v1: a raw image goes in, is asked after, and comes back (contracts/celantur.md part B)."""

import json
from io import BytesIO
from urllib.parse import quote

import numpy as np
import pytest
import requests
from PIL import Image

ENDED = {"done", "failed"}


@pytest.fixture(scope="module")
def get(ana):
    """Fetches as vendor clients do: with the token, following where the service leads."""

    def fetch(path, client=ana):
        headers = {"Authorization": client.token} if client.token else {}
        return requests.get(client.base_url + path, headers=headers, timeout=60)

    return fetch


@pytest.fixture(scope="module")
def anonymize(ana, get, eventually):
    """Sends an image with a query and returns its id once it is done."""

    def run(picture, query="face=True", status="done"):
        answer = ana.call("POST", f"/v1/file?{query}", data=picture)
        assert answer.status_code == 200, answer.text
        file_id = answer.json()["file_id"]
        ended = eventually(lambda: (now := get(f"/v1/file/{file_id}/status").json())["file_status"] in ENDED and now)
        assert ended["file_status"] == status, ended
        return file_id

    return run


@pytest.fixture(scope="module")
def done(anonymize, portrait):
    return anonymize(portrait, "face=True&name=portrait.jpg&method=blacken")


def image_of(answer):
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(BytesIO(answer.content)))


def test_the_vendors_demo_runs_unchanged(service, portrait, eventually):
    url = f"{service.base_url}/v1/"
    credentials = json.dumps({"username": service.ana[0], "password": service.ana[1]})
    signed_in = requests.post(url + "signin", data=credentials, timeout=60).json()
    headers = {"Authorization": signed_in["AuthenticationResult"]["AccessToken"]}
    params = {"method": "blur", "face": True, "license_plate": False, "save_mask": "all", "name": "demo.jpg"}

    sent = requests.post(url + "file", headers=headers, params=params, data=portrait, timeout=60)
    file_id = sent.json()["file_id"]
    status = f"{url}file/{file_id}/status"
    eventually(lambda: requests.get(status, headers=headers, timeout=60).json()["file_status"] == "done")
    anonymized = requests.get(f"{url}file/{file_id}/anonymized", headers=headers, timeout=60)

    assert signed_in["AccessToken"] == headers["Authorization"]
    assert anonymized.content.startswith(b"\xff\xd8\xff")
    assert image_of(anonymized).shape == (512, 512, 3)


def test_every_result_is_there_and_the_face_is_hidden(get, done, astronaut):
    anonymized = image_of(get(f"/v1/file/{done}/anonymized"))
    mask = image_of(get(f"/v1/file/{done}/binary-mask"))
    instances = image_of(get(f"/v1/file/{done}/instance-mask"))
    found = get(f"/v1/file/{done}/metadata").json()

    (face,) = found["detections"]
    x1, y1, x2, y2 = face["bbox"]
    centre = (y1 + y2) // 2, (x1 + x2) // 2
    assert anonymized[centre].max() < 10
    assert mask[centre] == 255
    assert instances[centre].tolist() == face["color"]
    assert (found["id"], found["filename"]) == ("portrait.jpg", "portrait.jpg")
    assert image_of(get(f"/v1/file/{done}/original"))[centre].max() > 60


def test_the_upload_answer_and_the_list_tell_of_the_same_file(ana, get, done):
    items = get("/v1/list?limit=100").json()["items"]

    (item,) = [each for each in items if each["file_id"] == done]
    assert (item["method"], item["face"], item["vehicle"], item["file_status"]) == ("blacken", "True", False, "done")


def test_detect_makes_masks_and_metadata_and_no_image(get, anonymize, portrait):
    file_id = anonymize(portrait, "method=detect&face=True&debug=True&score=True")

    assert len(get(f"/v1/file/{file_id}/metadata").json()["detections"]) == 1
    assert get(f"/v1/file/{file_id}/metadata").json()["detections"][0]["is_anonymised"] is False
    assert get(f"/v1/file/{file_id}/binary-mask").status_code == 200
    assert get(f"/v1/file/{file_id}/anonymized").status_code == 404


def test_masks_are_made_as_asked_for(get, anonymize, portrait):
    file_id = anonymize(portrait, "face=True&save-mask=binary&mask-scale=25")

    assert image_of(get(f"/v1/file/{file_id}/binary-mask")).shape == (128, 128)
    assert get(f"/v1/file/{file_id}/instance-mask").status_code == 404


def test_nothing_is_hidden_inside_an_ignored_area(get, anonymize, portrait):
    everywhere = quote('[{"topLeftX":0,"topLeftY":0,"width":512,"height":512}]')

    file_id = anonymize(portrait, f"face=True&ignores={everywhere}")

    assert image_of(get(f"/v1/file/{file_id}/binary-mask")).max() == 0


def test_a_grid_is_searched_and_a_preset_that_does_not_fit_fails(get, anonymize, portrait):
    grid = anonymize(portrait, f"face=True&format={quote(json.dumps({'number': [2, 2], 'overlap': [0.3, 0.3]}))}")
    preset = anonymize(portrait, "face=True&format=pano%3A4096", status="failed")

    assert image_of(get(f"/v1/file/{grid}/binary-mask")).max() == 255
    assert get(f"/v1/file/{preset}/status").json()["failure_cause"] == "PARAMETER_ERROR_FORMAT"


def test_a_threshold_that_nothing_reaches_hides_nothing(get, anonymize, portrait):
    file_id = anonymize(portrait, "method=detect&face=True&face-threshold=1")

    assert get(f"/v1/file/{file_id}/metadata").json()["detections"] == []


def test_quality_and_boxes_change_the_image(get, anonymize, portrait):
    coarse, fine = (anonymize(portrait, f"face=True&quality={quality}&bbox=True") for quality in (5, 95))

    sizes = [len(get(f"/v1/file/{each}/anonymized").content) for each in (coarse, fine)]
    mask = image_of(get(f"/v1/file/{fine}/binary-mask"))
    rows, columns = np.nonzero(mask)
    assert sizes[0] * 2 < sizes[1]
    assert mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].min() == 255


def test_debug_draws_what_was_found(get, anonymize, portrait, done):
    drawn = anonymize(portrait, "face=True&method=blacken&debug=True&score=True")

    plain, debugged = (image_of(get(f"/v1/file/{each}/anonymized")).astype(int) for each in (done, drawn))
    assert (abs(plain - debugged).max(axis=2) > 100).sum() > 100


def test_another_account_sees_no_file(get, done, ben):
    answers = [get(f"/v1/file/{done}/{path}", ben) for path in ("status", "anonymized", "original", "metadata")]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert done not in get("/v1/list?limit=1000", ben).text


def test_nothing_is_answered_without_a_token(service, done, new_client, get):
    stranger = new_client()

    assert get("/v1/list", stranger).status_code == 401
    assert get(f"/v1/file/{done}/anonymized", stranger).status_code == 401
    assert stranger.call("POST", "/v1/file?face=True", data=b"\xff\xd8\xff").status_code == 401


def test_what_is_no_image_is_refused_and_a_broken_image_fails(ana, anonymize, get, portrait):
    refused = ana.call("POST", "/v1/file?face=True", data=b"no image")
    broken = anonymize(portrait[:2000], status="failed")

    assert refused.status_code == 415
    assert get(f"/v1/file/{broken}/status").json()["failure_cause"] == "IMAGE_DEFECT"

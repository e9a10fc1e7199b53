"""POST /v1/file with a raw body: the cloud's v1 (contracts/celantur.md B.1)."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.adapters.records import TASKS
from veil.contracts.celantur_v1.bodies import file_body
from veil.contracts.celantur_v1.buffered_upload import V1_BODY_LIMIT_BYTES
from veil.contracts.celantur_v1.upload import RawFile
from veil.domain.media import Artifact
from veil.domain.origin import Api, Origin
from veil.domain.policy import AnonymizationMethod, ObjectClass, SavedMasks, Tiling, Zone

SAMPLE = {
    "upload_time": "21/11/2026, 09:00:00",
    "delete_time": None,
    "name": "example.jpg",
    "debug": False,
    "score": False,
    "method": "blur",
    "face": True,
    "license_plate": False,
    "person": False,
    "vehicle": False,
    "format": "whole",
    "bbox": False,
    "ignores": [],
    "mask_scale": 100,
    "save_mask": "all",
    "quality": 90,
    "compress_level": 5,
    "kernel_size_face": 0.35,
    "kernel_size_person": 91,
    "kernel_size_license_plate": 0.5,
    "kernel_size_vehicle": 61,
    "face_anonymization_gradient_start": 0.3,
    "face_anonymization_gradient_stop": 0.0,
    "license_plate_anonymization_gradient_start": 0.3,
    "license_plate_anonymization_gradient_stop": 0.0,
    "webhook": None,
    "file_status": "queued",
    "webhook_status": "empty",
}


def test_the_answer_has_every_key_and_type_of_the_vendors_sample(api):
    sent = api.send("method=blur&face=True&name=example.jpg")

    answered = sent.json
    file_id = answered.pop("file_id")
    assert sent.status == 200
    assert answered == {"customer_id": "ana", **SAMPLE}
    assert [type(value) for value in answered.values()] == [str, *(type(value) for value in SAMPLE.values())]
    assert len(file_id) == 36


def test_whole_numbers_stay_whole_wherever_a_task_was_kept(api):
    sent = api.send("face=True").json
    kept = TASKS.load(TASKS.dump(api.task_of(sent["file_id"])))

    assert json.dumps(file_body(kept)) == json.dumps(sent)


def test_an_upload_is_a_queued_task_like_any_other(api):
    file_id = api.send().json["file_id"]

    task = api.task_of(file_id)
    offered = api.queue.take().ref
    assert (offered.owner, offered.task_id) == ("ana", task.task_id)
    assert task.origin == Origin(api=Api.V1)
    assert api.get(f"/v2/task/{task.task_id}/status").json["task_status"] == "queued"
    assert api.media.stat(f"ana/{task.task_id}/original").size_bytes == task.size_bytes


def test_every_parameter_reaches_the_policy(api):
    query = (
        "method=pixelate&face=True&license-plate=true&debug=TRUE&score=True&bbox=True&mask-scale=50&save-mask=binary"
        "&quality=70&compress-level=9&kernel-size-face=0.2&kernel-size-license-plate=0.7&kernel-size-person=31"
        "&kernel-size-vehicle=21&face-anonymization-gradient-start=0.5&face-anonymization-gradient-stop=0.2"
        "&license-plate-anonymization-gradient-start=0.4&license-plate-anonymization-gradient-stop=0.1"
        "&face-threshold=0.25&license-plate-threshold=0.15&margin=0.3&keep-gps=True&keep-capture-time=True"
        "&format=%7B%22number%22%3A%5B2%2C3%5D%2C%22overlap%22%3A%5B0%2C10%5D%7D"
        "&ignores=%5B%7B%22topLeftX%22%3A1%2C%22topLeftY%22%3A2%2C%22width%22%3A3%2C%22height%22%3A4%7D%5D"
    )

    policy = api.task_of(api.send(query).json["file_id"]).policy

    assert policy.method is AnonymizationMethod.PIXELATE
    assert policy.classes == (ObjectClass.FACE, ObjectClass.LICENSE_PLATE)
    assert (policy.debug, policy.score, policy.boxes) == (True, True, True)
    assert (policy.mask_scale, policy.masks) == (50, SavedMasks.BINARY)
    assert (policy.quality, policy.compress_level) == (70, 9)
    assert [policy.rule(each).kernel_size for each in ObjectClass] == [0.2, 0.7, 31, 21]
    assert (policy.face.gradient_start, policy.face.gradient_stop) == (0.5, 0.2)
    assert (policy.license_plate.gradient_start, policy.license_plate.gradient_stop) == (0.4, 0.1)
    assert (policy.face.threshold, policy.license_plate.threshold) == (0.25, 0.15)
    assert (policy.margin, policy.keep_gps, policy.keep_capture_time) == (0.3, True, True)
    assert policy.tiling == Tiling(columns=2, rows=3, overlap_x=0, overlap_y=10)
    assert policy.ignore_zones == (Zone(1, 2, 4, 6),)


def test_detect_is_a_method_here(api):
    sent = api.send("method=detect&face=True").json

    assert sent["method"] == "detect"
    assert api.task_of(sent["file_id"]).policy.method is AnonymizationMethod.DETECT


@pytest.mark.parametrize("query", ["face=True&save_mask=all", "face=True&save-mask=all", "face=1&license_plate=0"])
def test_keys_are_taken_in_either_spelling(api, query):
    assert api.send(query).status == 200


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("face=True&fcae=True", "fcae parameter caused an error. This parameter does not exist."),
        ("face=maybe", "face parameter received an unexpected value."),
        ("face=True&method=smear", "method parameter received an unexpected value."),
        ("face=True&quality=ninety", "quality parameter received an unexpected value."),
        ("face=True&quality=101", "quality parameter value caused an error. The value must lie between 0 and 100."),
        ("face=True&mask-scale=NaN", "mask-scale parameter received an unexpected value."),
        ("face=True&face=False", "face parameter value caused an error. It is given more than once."),
        (
            "face=True&save-mask=all&save_mask=all",
            "save_mask parameter value caused an error. It is given more than once.",
        ),
        (
            "face=True&person=True",
            "person parameter value caused an error. No installed model finds this class: person.",
        ),
        (
            "face=True&webhook=https%3A%2F%2F10.0.0.1%2Fh",
            "webhook parameter value caused an error. The webhook is refused.",
        ),
        ("", "Request body is not correct. Choose at least one of face, license_plate, person and vehicle."),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_makes_no_task(api, query, error):
    sent = api.send(query)

    assert sent.status == 400
    assert sent.error.startswith(f"Could not take the file. {error}")
    assert api.get("/v1/list").json["total_item_count"] == "0"


def test_an_empty_parameter_is_not_given(api):
    sent = api.send("face=True&webhook=&save_mask=&quality=&name=").json

    assert (sent["webhook"], sent["save_mask"], sent["quality"]) == (None, "all", 90)
    assert sent["name"] == sent["file_id"]


def test_a_body_beyond_the_limit_is_refused_and_one_at_the_limit_is_taken(api):
    most = b"\xff\xd8\xff" + b"\0" * (V1_BODY_LIMIT_BYTES - 3)

    refused = api.send(content=most + b"\0")

    assert refused.status == 413
    assert refused.error == "The file is larger than the limit of 4450000 bytes."
    assert api.send(content=most).status == 200


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"GIF89a", "is of the kind GIF; export it as JPEG or PNG"),
        (b"no image", "is no JPEG, no PNG and no video that is read"),
    ],
)
def test_what_is_no_image_is_refused_at_once_and_makes_no_task(api, content, why):
    sent = api.send(content=content)

    assert (sent.status, sent.error) == (415, f"Could not take the file. The file {why}.")
    assert api.get("/v1/list").json["items"] == []


@given(chunks=st.lists(st.binary(max_size=50), max_size=20))
def test_a_raw_body_is_the_file_however_it_arrives(chunks):
    taken = []
    reader = RawFile("image/png", taken.append)
    for chunk in chunks:
        reader.write(chunk)

    assert b"".join(taken) == b"".join(chunks)
    assert (reader.name, reader.content_type) == (None, "image/png")


def test_an_empty_body_is_refused(api):
    assert api.send(content=b"").status == 400


@pytest.mark.parametrize("declared", ["image/jpeg", "image/png", "application/octet-stream"])
def test_the_bytes_decide_what_an_image_is(api, declared):
    sent = api.send(headers={"Content-Type": declared}).json

    assert api.task_of(sent["file_id"]).media_type == "image/jpeg"


def test_what_curl_says_of_any_body_counts_as_nothing_said(api):
    assert api.send(headers={"Content-Type": "application/x-www-form-urlencoded"}).status == 200


def test_nobody_uploads_without_a_token(api):
    assert api.send(owner=None).status == 401


def test_a_name_is_told_without_its_folders(api):
    assert api.send("face=True&name=..%2F..%2Fetc%2Fp%00asswd.jpg").json["name"] == "passwd.jpg"


def test_the_list_tells_pages_as_the_vendors_sample_does(api):
    for _ in range(5):
        api.send("face=True&debug=True&ignores=%5B%5D&mask-scale=50")
        api.clock.advance(timedelta(seconds=1))

    first = api.get("/v1/list?limit=2").json
    last = api.get("/v1/list?limit=2&page=3").json

    assert (first["total_item_count"], first["total_page_count"]) == ("5", "3")
    assert (len(first["items"]), len(last["items"])) == (2, 1)
    assert last["items"][0]["upload_time"] == "21/11/2026, 09:00:00"
    item = first["items"][0]
    assert {
        "face": "True",
        "debug": "True",
        "person": False,
        "mask_scale": "50",
        "ignores": "[]",
    }.items() <= item.items()
    assert (item["detections"], item["format"], item["method"]) == (" ", "whole", "blur")


@pytest.mark.parametrize("types", ["documented", "proper"])
def test_clients_of_either_kind_read_the_same_from_a_list(api, types):
    api.send("face=True&mask-scale=50&format=%7B%22number%22%3A%5B2%2C2%5D%2C%22overlap%22%3A%5B0%2C0%5D%7D")

    listed = api.get(f"/v1/list?types={types}").json

    item = listed["items"][0]
    assert (int(listed["total_item_count"]), int(listed["total_page_count"])) == (1, 1)
    assert (bool(item["face"]), bool(item["person"])) == (True, False)
    assert (str(item["face"]).lower() == "true", str(item["person"]).lower() == "true") == (True, False)
    assert int(item["mask_scale"]) == 50
    assert json.loads(item["format"]) == {"number": [2, 2], "overlap": [0, 0]}


def test_the_proper_types_are_those_of_the_upload_answer(api):
    sent = api.send("face=True").json

    listed = api.get("/v1/list?types=proper").json

    assert (listed["total_item_count"], listed["total_page_count"]) == (1, 1)
    shared = sent.keys() & listed["items"][0].keys()
    assert {key: sent[key] for key in shared} == {key: listed["items"][0][key] for key in shared}


def test_a_task_of_v2_is_listed_once_its_file_has_come(api):
    sent = api.send().json["file_id"]
    waiting = api.create()

    listed = api.get("/v1/list").json

    assert [each["file_id"] for each in listed["items"]] == [sent]
    assert listed["total_item_count"] == "1"
    assert waiting["task_status"] == "new"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "page=0", "limit=1001", "types=odd", "pgae=2", "page=1&page=2"]
)
def test_a_list_that_cannot_be_is_refused(api, query):
    assert api.get(f"/v1/list?{query}").status == 400


def test_a_page_beyond_the_last_is_empty(api):
    api.send()

    assert api.get("/v1/list?page=1000000000").json["items"] == []


def test_a_file_that_only_detects_has_masks_and_metadata_but_no_image(api, tmp_path):
    file_id = api.send("method=detect&face=True").json["file_id"]
    made = (Artifact.BINARY_MASK, Artifact.INSTANCE_MASK, Artifact.METADATA)

    api.finish_file(file_id, tmp_path, artifacts=made)

    assert api.get(f"/v1/file/{file_id}/binary-mask").status == 307
    assert api.get(f"/v1/file/{file_id}/metadata").status == 200
    refused = api.get(f"/v1/file/{file_id}/anonymized")
    assert (refused.status, refused.error) == (404, f"File {file_id} has no anonymized file.")


@pytest.mark.parametrize("query", ["", "?output=true"], ids=["forgotten", "deleted"])
def test_a_file_whose_owner_deletes_everything_while_it_arrives_is_refused_and_leaves_nothing(api, monkeypatch, query):
    put = api.media.put

    def delete_just_before(key, file, *, media_type):
        assert api.call("DELETE", f"/v1/task/list{query}").status == 200
        put(key, file, media_type=media_type)

    monkeypatch.setattr(api.media, "put", delete_just_before)
    refused = api.send()

    assert (refused.status, refused.error) == (404, "Could not take the file. The file was deleted while it arrived.")
    assert api.media.count("ana/") == 0

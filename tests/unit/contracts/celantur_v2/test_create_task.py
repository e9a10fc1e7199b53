"""POST /v2/task (contracts/celantur.md A.3 to A.6)."""

import json

import pytest

LEAST = {"anonymization_method": "blur", "face": True}


def test_a_task_is_created_with_status_200_an_integer_id_and_an_upload_url(api):
    answer = api.post("/v2/task", LEAST)

    assert answer.status == 200
    assert answer.json["task_id"] == 1795251600000000  # the creation time in microseconds
    assert answer.json["upload_url"].startswith("memory:///ana/1795251600000000/original?method=PUT")
    assert answer.json["task_status"] == "new"
    assert answer.json["customer_id"] == "ana"
    assert answer.json["webhook_status"] == "empty"
    assert answer.json["created_at"] == "2026-11-21T09:00:00.000000Z"


def test_every_parameter_is_echoed_in_snake_case_with_its_default(api):
    answer = api.post("/v2/task", {"anonymization-method": "pixelate", "license-plate": True, "save-mask": "binary"})

    expected = {
        "anonymization_method": "pixelate",
        "face": False,
        "license_plate": True,
        "person": False,
        "vehicle": False,
        "debug": False,
        "score": False,
        "format": "whole",
        "bbox": False,
        "ignores": [],
        "webhook": None,
        "quality": 90,
        "compress_level": 5,
        "save_mask": "binary",
        "mask_scale": 100,
        "kernel_size_face": 0.35,
        "kernel_size_license_plate": 0.5,
        "kernel_size_person": 91,
        "kernel_size_vehicle": 61,
        "face_anonymization_gradient_start": 0.3,
        "face_anonymization_gradient_stop": 0.0,
        "license_plate_anonymization_gradient_start": 0.3,
        "license_plate_anonymization_gradient_stop": 0.0,
        "face_threshold": None,
        "profile": None,
        "keep_gps": False,
        "keep_panorama": True,
    }
    assert answer.json.items() >= expected.items()
    assert not any("-" in key for key in answer.json)


@pytest.mark.parametrize("path", ["/v2/task", "/v2/task/"])
def test_the_path_works_with_and_without_a_slash_and_never_redirects(api, path):
    answer = api.post(path, LEAST)

    assert answer.status == 200


@pytest.mark.parametrize(
    "kind", [None, "text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded"]
)
def test_the_body_is_json_whatever_its_content_type(api, kind):
    answer = api.post("/v2/task", LEAST, headers={"Content-Type": kind} if kind else {})

    assert answer.status == 200


def test_a_body_that_came_as_base64_is_read(api):
    answer = api.post("/v2/task", json.dumps(LEAST).encode(), is_base64=True)

    assert answer.status == 200


def test_a_webhook_is_set_with_its_query_string(api):
    created = api.create(webhook="https://hooks.example.org/veil?param=test")

    assert created["webhook"] == "https://hooks.example.org/veil?param=test"
    assert created["webhook_status"] == "set"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, "Could not create task. Please add a JSON body."),
        ("", "Could not create task. Please add a JSON body."),
        ("  ", "Could not create task. Please add a JSON body."),
        ("{", "Could not create task. Request body is not correct. It is not valid JSON: line 1, column 2."),
        ("[]", "Could not create task. Request body is not correct. It must be a JSON object."),
        ('"text"', "Could not create task. Request body is not correct. It must be a JSON object."),
        ("null", "Could not create task. Request body is not correct. It must be a JSON object."),
        ('{"quality": NaN}', "Could not create task. Request body is not correct. NaN is not a JSON number."),
        ("[" * 60_000, "Could not create task. Request body is not correct. It is nested too deeply."),
        (
            "{}",
            "Could not create task. Request body is not correct. "
            "anonymization_method is required: blur, pixelate or blacken.",
        ),
        (
            '{"face": true}',
            "Could not create task. Request body is not correct. "
            "anonymization_method is required: blur, pixelate or blacken.",
        ),
        (
            '{"anonymization_method": "blur"}',
            "Could not create task. Request body is not correct. "
            "Choose at least one of face, license_plate, person and vehicle.",
        ),
    ],
)
def test_a_body_that_asks_for_no_task_is_refused(api, body, error):
    answer = api.call("POST", "/v2/task", body)

    assert (answer.status, answer.error) == (400, error)


def test_a_body_that_is_no_utf8_is_refused(api):
    answer = api.post("/v2/task", b"\xff\xfe{}", is_base64=True)

    assert (answer.status, answer.error) == (
        400,
        "Could not create task. Request body is not correct. It is not UTF-8 text.",
    )


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"faces": True}, "faces parameter caused an error. This parameter does not exist."),
        ({"method": "blur"}, "method parameter caused an error. This parameter does not exist."),
        ({"face": "yes"}, "face parameter received an unexpected value."),
        ({"face": 1}, "face parameter received an unexpected value."),
        ({"anonymization_method": "detect"}, "anonymization_method parameter received an unexpected value."),
        ({"anonymization_method": ["blur"]}, "anonymization_method parameter received an unexpected value."),
        ({"save-mask": "both"}, "save-mask parameter received an unexpected value."),
        ({"profile": "hasty"}, "profile parameter received an unexpected value."),
        ({"quality": "ninety"}, "quality parameter received an unexpected value."),
        ({"quality": 90.5}, "quality parameter received an unexpected value."),
        ({"quality": True}, "quality parameter received an unexpected value."),
        ({"quality": 101}, "quality parameter value caused an error. The value must lie between 0 and 100."),
        (
            {"face-threshold": 1.1},
            "face-threshold parameter value caused an error. The value must lie between 0 and 1.",
        ),
        ({"mask-scale": -1}, "mask-scale parameter value caused an error. The value must lie between 0 and 100."),
        ({"format": "pano:1234"}, "format parameter received an unexpected value."),
        (
            {"format": '{"number": [0, 2]}'},
            "format parameter value caused an error. The value must lie between 1 and 64.",
        ),
        ({"ignores": "none"}, "ignores parameter received an unexpected value."),
        (
            {"ignores": [{"topLeftX": 5, "topLeftY": 5, "width": 0, "height": 9}]},
            "ignores parameter value caused an error. "
            "An ignored area needs a corner inside the image and a positive size.",
        ),
        (
            {"webhook": "https://10.0.0.1/"},
            "webhook parameter value caused an error. "
            "The webhook is refused. It leads to an address that is not public.",
        ),
        ({"webhook": 7}, "webhook parameter received an unexpected value."),
        (
            {"person": True},
            "person parameter value caused an error. "
            "No installed model finds this class: person. `veil models pull` installs the models that do not come "
            "with Veil.",
        ),
    ],
)
def test_a_parameter_that_is_wrong_is_named_as_the_caller_spelled_it(api, parameters, error):
    answer = api.post("/v2/task", LEAST | parameters)

    assert (answer.status, answer.error) == (400, f"Could not create task. {error}")


def test_a_class_without_a_model_is_named_as_the_caller_spelled_it(api):
    answer = api.post("/v2/task", {"anonymization_method": "blur", "vehicle": "True"})

    assert answer.error.startswith("Could not create task. vehicle parameter value caused an error.")


@pytest.mark.parametrize(
    "body",
    [
        '{"anonymization_method": "blur", "license_plate": true, "license-plate": true}',
        '{"anonymization_method": "blur", "face": false, "license-plate": true, "license-plate": false}',
    ],
)
def test_one_parameter_given_twice_is_refused_because_nobody_knows_which_is_meant(api, body):
    answer = api.post("/v2/task", body)

    assert answer.status == 400
    assert answer.error == (
        "Could not create task. license-plate parameter value caused an error. It is given more than once."
    )


@pytest.mark.parametrize("digits", ["9" * 400, "1e999", "9" * 5000, "-1e400"])
def test_a_number_beyond_all_bounds_is_refused_like_any_other(api, digits):
    answer = api.post("/v2/task", f'{{"anonymization_method": "blur", "face": true, "margin": {digits}}}')

    assert (
        answer.error
        == "Could not create task. margin parameter value caused an error. The value must lie between 0 and 5."
    )


def test_a_refused_request_leaves_no_task_behind(api):
    api.post("/v2/task", LEAST | {"webhook": "https://10.0.0.1/"})

    assert api.get("/v2/task").json["items"] == []


def test_without_an_identity_nothing_is_created_and_the_body_is_not_looked_at(api):
    answer = api.post("/v2/task", "{", owner=None)

    assert answer.status == 401
    assert answer.error == (
        "Not signed in. Please send the access token of POST /v2/signin in the Authorization header."
    )


def test_the_text_of_a_number_an_empty_webhook_and_a_byte_order_mark_are_taken(api):
    body = json.dumps(LEAST | {"quality": "70", "margin": "0.25", "webhook": ""})

    created = api.post("/v2/task", "\ufeff" + body).json

    assert (created["quality"], created["margin"], created["webhook"]) == (70, 0.25, None)
    assert created["webhook_status"] == "empty"

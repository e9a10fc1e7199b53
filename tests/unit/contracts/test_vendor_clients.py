"""What vendor clients send, re-enacted: they must run unchanged (contracts/celantur.md F)."""

import json


def test_the_example_client_signs_in_creates_and_polls_with_slashes_and_without_content_types(api, tmp_path):
    credentials = json.dumps({"username": "ana@example.org", "password": "correct horse"})
    config = json.dumps({"anonymization-method": "blur", "face": True, "license-plate": True, "quality": 90})

    token = api.post("/v2/signin/", credentials, owner=None).json["AccessToken"]
    created = api.post("/v2/task/", config, headers={"Authorization": token})
    api.finish(created.json, tmp_path)
    status = api.get(f"/v2/task/{created.json['task_id']}/status", headers={"Authorization": token})

    assert (token, created.status, status.status) == ("access", 200, 200)
    assert status.json["task_status"] == "done"
    assert status.json["anonymized_url"].startswith("memory:///ana/")


def test_the_map_client_mixes_underscores_and_hyphens_and_sends_a_grid_as_text(api):
    body = {
        "anonymization_method": "blacken",
        "face": True,
        "license-plate": True,
        "person": False,
        "vehicle": False,
        "quality": 100,
        "format": '{"number":[2,2],"overlap":[0,0]}',
    }

    created = api.post("/v2/task", body, headers={"Content-Type": "application/json"})

    assert created.status == 200
    assert isinstance(created.json["task_id"], int)
    assert json.loads(created.json["format"]) == {"number": [2, 2], "overlap": [0, 0]}


def test_a_browser_client_sends_text_and_may_read_the_answer(api):
    headers = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://maps.example.org"}

    created = api.post("/v2/task/", {"anonymization_method": "blur", "face": True}, headers=headers)

    assert created.status == 200
    assert created.headers["Access-Control-Allow-Origin"] == "*"


def test_the_video_client_may_say_to_keep_the_bit_rate_and_the_older_one_a_mime_type(api):
    created = api.create(**{"keep-bit-rate": True, "mime-type": "image/jpeg"})

    assert created["task_status"] == "new"

"""Uploads of Syntonym's sample client to a node: sessions and their blocks, and small files sent at once."""

from urllib.parse import quote

import pytest
import requests

from tests.e2e.syntonym_client import CONFIG


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"file_name": 5}, 422),
        ({"file_name": "a", "model": "other"}, 422),
        ({"file_name": "a", "model": "syn"}, 400),
        ({"file_name": "a", "file_size": 2**32}, 400),
        ({"file_name": "a", "model_config": {"blur_fase": True}}, 422),
        ({"file_name": "a", "model_config": {"blur_threshold": 2}}, 422),
        ({"file_name": "a", "model_config": {"blur_face": False, "enable_lp": "False"}}, 422),
        ({"file_name": "a", "model_config": '{"blur_face": "True"}'}, 200),
        ({"file_name": "../../etc/passwd"}, 200),
    ],
)
def test_a_session_is_made_of_what_can_be_meant(body, status, client):
    caller = client(1)

    answer = requests.post(f"{caller.api_url}/create_upload_session", headers=caller.headers, json=body)

    assert answer.status_code == status, answer.text
    assert status == 200 or answer.json()["detail"]


def test_a_small_file_is_sent_at_once_by_way_of_a_redirect(plain, client, portrait):
    caller = client(2)
    query = "&".join(f"{name}={value}" for name, value in CONFIG.items())
    headers = {**caller.headers, "x-ms-blob-type": "BlockBlob"}

    url = f"{caller.api_url}/direct_upload/{quote('50%25 me.jpg')}?model=blur&{query}"
    answer = requests.put(url, headers=headers, data=portrait)
    job_id = answer.headers["job_id"]
    caller.approve(job_id)
    report = caller.wait(job_id)

    assert [each.status_code for each in answer.history] == [307]
    assert answer.history[0].headers["job_id"] == job_id
    assert answer.status_code == 201
    assert report["tasks"][0]["output_file"] == "50%25 me_anon.jpg"


def test_a_key_without_credits_uploads_nothing_directly(client):
    poor = client(0)
    headers = {**poor.headers, "x-ms-blob-type": "BlockBlob"}

    assert requests.put(f"{poor.api_url}/direct_upload/a.jpg?model=blur", headers=headers, data=b"").status_code == 402


def put(uri, query="", data=b"", **headers):
    answer = requests.put(f"{uri}{query}", data=data, headers=headers)
    return answer.status_code, answer.headers.get("x-ms-error-code")


def test_blocks_follow_the_list_whatever_came_when(plain, client, portrait, tmp_path, eventually):
    (tmp_path / "a.jpg").write_bytes(portrait)
    caller = client(1)
    uri, job_id = caller.create_session("a.jpg")
    half = len(portrait) // 2
    listed = "<?xml version='1.0' encoding='utf-8'?>\n<BlockList><Latest>-A==</Latest><Latest>_A==</Latest></BlockList>"

    assert put(uri, "&comp=block&blockid=_A==", portrait[half:]) == (201, None)
    assert put(uri, "&comp=block&blockid=-A==", b"sent in error") == (201, None)
    assert put(uri, "&comp=block&blockid=-A==", portrait[:half]) == (201, None)
    assert put(uri, "&comp=block&blockid=longer==", b"") == (400, "InvalidBlobOrBlock")
    assert put(uri, "&comp=blocklist", "<BlockList><Latest>none</Latest></BlockList>") == (400, "InvalidBlockList")
    assert put(uri, "&comp=blocklist", "<BlockList><Latest>") == (400, "InvalidXmlDocument")
    assert put(uri, "&comp=blocklist", listed) == (201, None)
    caller.approve(job_id)

    stores = plain.stores()
    (task,) = stores.tasks.of_job(stores.jobs.get(job_id).owner, job_id)
    assert stores.media.landed_upload(f"{task.owner}/{task.task_id}/original").size_bytes == len(portrait)
    assert caller.wait(job_id)["job_status"] == 100
    assert put(uri, "&comp=blocklist", listed) == (201, None)
    assert put(uri, "&comp=blocklist", "<BlockList></BlockList>") == (409, "BlobAlreadyExists")
    assert put(uri, "&comp=block&blockid=-A==", b"late") == (409, "BlobAlreadyExists")


def test_a_url_is_good_for_its_own_job_and_only_as_it_was_given(client, portrait, tmp_path):
    (tmp_path / "a.jpg").write_bytes(portrait)
    caller = client(1)
    (uri, job_id), (_, other) = caller.create_session("a.jpg"), caller.create_session("a.jpg")

    assert put(uri.replace(job_id, other), "&comp=block&blockid=AA==") == (403, "AuthenticationFailed")
    assert put(uri.replace("se=", "se=9"), "&comp=block&blockid=AA==") == (403, "AuthenticationFailed")
    assert put(uri, "", portrait) == (400, "MissingRequiredHeader")
    assert put(uri, "&comp=appendblock", portrait) == (400, "InvalidQueryParameterValue")

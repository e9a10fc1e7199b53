"""A large file comes to a node in parts; interruptions cost the part that was on its way, and no other."""

import hashlib

import numpy as np
import pytest
import requests

PART_BYTES = 8 << 20


@pytest.fixture(scope="module")
def large(encode):
    """A PNG of two parts with nobody in it."""
    return encode(np.full((1700, 1700, 3), 90, np.uint8), "PNG", compress_level=0)


def begin(client, task, size):
    answer = client.call("POST", f"/v2/task/{task['task_id']}/parts", json={"size": size})
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(url, content):
    return requests.put(url["upload_url"], data=content, timeout=60)


def test_an_upload_goes_on_where_the_service_was_killed_and_leaves_no_parts(node, large):
    client = node.start().ana()
    task = client.create()
    first = begin(client, task, len(large))
    sent = put(first["upload_urls"][0], large[:PART_BYTES])
    too_long = put(first["upload_urls"][1], bytes(PART_BYTES + 1))
    node.kill()

    client = node.start().ana()
    second = begin(client, task, len(large))
    (missing,) = second["upload_urls"]
    etags = [sent.headers["ETag"], put(missing, large[PART_BYTES:]).headers["ETag"]]
    named = [{"part_number": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    body = {"size": len(large), "parts": named}
    answer = client.call("POST", f"/v2/task/{task['task_id']}/parts/complete", json=body)

    assert (too_long.status_code, missing["part_number"], answer.status_code) == (413, 2, 200)
    assert client.ended(task["task_id"])["task_status"] == "done"
    folder = node.data / "media" / task["customer_id"] / str(task["task_id"])
    (original,) = folder.glob("*~original")
    assert hashlib.sha256(original.read_bytes()).digest() == hashlib.sha256(large).digest()
    assert not (folder / "parts").exists()
    assert put(missing, large[PART_BYTES:]).status_code == 409


def test_parts_go_with_the_file_that_a_single_put_brings(running, portrait):
    client = running.ana()
    task = client.create()
    put(begin(client, task, 5)["upload_urls"][0], b"12345")

    client.upload(task, portrait)

    assert client.ended(task["task_id"])["task_status"] == "done"
    assert not (running.data / "media" / task["customer_id"] / str(task["task_id"]) / "parts").exists()

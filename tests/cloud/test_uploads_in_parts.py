"""Parts of an upload go to S3 by their own URLs, and the deployed cloud joins them with the rights that it has."""

from io import BytesIO

import numpy as np
import pytest
import requests
from PIL import Image

PART_BYTES = 8 << 20


@pytest.fixture(scope="module")
def large():
    """A PNG of two parts with nobody in it."""
    file = BytesIO()
    Image.fromarray(np.full((1700, 1700, 3), 90, np.uint8)).save(file, "PNG", compress_level=0)
    return file.getvalue()


def begin(client, task, size):
    answer = client.call("POST", f"/v2/task/{task['task_id']}/parts", json={"size": size})
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(url, content):
    answer = requests.put(url["upload_url"], data=content, timeout=60)
    assert answer.status_code == 200, answer.text
    return {"part_number": url["part_number"], "etag": answer.headers["ETag"]}


def test_an_upload_goes_on_where_it_was_interrupted(cloud, ana, large, eventually):
    task, pieces = ana.create(), [large[:PART_BYTES], large[PART_BYTES:]]
    first = begin(ana, task, len(large))
    sent = [send(first["upload_urls"][0], pieces[0])]

    second = begin(ana, task, len(large))
    sent += [send(url, pieces[url["part_number"] - 1]) for url in second["upload_urls"]]
    joined = {"size": len(large), "parts": sent}
    answers = [ana.call("POST", f"/v2/task/{task['task_id']}/parts/complete", json=joined) for _ in range(2)]

    assert [each["part_number"] for each in second["upload_urls"]] == [2]
    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    done = ana.ended(task["task_id"])
    assert done["task_status"] == "done", done
    assert ana.picture(done["anonymized_url"]).size == (1700, 1700)
    assert cloud.endpoint.denials == []


@pytest.mark.parametrize("end", ["cancel", "delete"])
def test_parts_are_aborted_with_their_task(cloud, ana, end):
    task = ana.create()
    send(begin(ana, task, 5)["upload_urls"][0], b"12345")

    path = f"/v2/task/{task['task_id']}"
    answer = ana.call("POST", f"{path}/cancel") if end == "cancel" else ana.call("DELETE", path)

    assert answer.status_code == 200
    bucket = cloud.one("S3::Bucket")
    unfinished = cloud.clients("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    assert not [each for each in unfinished if str(task["task_id"]) in each["Key"]]
    assert cloud.endpoint.denials == []

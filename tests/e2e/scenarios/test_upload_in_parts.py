"""A file in parts ends as the same file in one PUT does. Of several parts: tests/e2e/node and tests/cloud."""

import requests


def parts(client, task, **body):
    return client.call("POST", f"/v2/task/{task['task_id']}/parts", json=body)


def complete(client, task, size, *etags):
    named = [{"part_number": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    return client.call("POST", f"/v2/task/{task['task_id']}/parts/complete", json={"size": size, "parts": named})


def send(answer, *contents):
    """Send the parts to their URLs as a browser does, and return their ETags."""
    urls = [each["upload_url"] for each in answer.json()["upload_urls"]]
    sent = [requests.put(url, data=content, timeout=60) for url, content in zip(urls, contents, strict=True)]
    assert [each.status_code for each in sent] == [200] * len(sent)
    return [each.headers["ETag"] for each in sent]


def test_a_photo_in_one_part_is_anonymized_once(ana, portrait):
    task = ana.create()

    (etag,) = send(parts(ana, task, size=len(portrait)), portrait)
    answers = [complete(ana, task, len(portrait), etag) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    done = ana.ended(task["task_id"])
    assert done["task_status"] == "done"
    assert ana.picture(done["anonymized_url"]).size == (512, 512)
    assert parts(ana, task, size=5).status_code == 409


def test_what_arrived_is_known_after_an_interruption_and_need_not_come_again(ana, portrait):
    task = ana.create()
    (etag,) = send(parts(ana, task, size=len(portrait)), portrait)

    again = parts(ana, task, size=len(portrait)).json()
    listed = ana.call("GET", f"/v2/task/{task['task_id']}/parts").json()["parts"]

    assert (again["upload_urls"], again["parts"]) == ([], listed)
    assert listed == [{"part_number": 1, "size": len(portrait), "etag": etag.strip('"')}]


def test_a_file_that_is_no_picture_fails_as_after_one_put(ana):
    task = ana.create()
    (etag,) = send(parts(ana, task, size=12), b"hello, world")

    assert complete(ana, task, 12, etag).status_code == 200

    ended = ana.ended(task["task_id"])
    assert (ended["task_status"], ended["failure_cause"]) == ("failed", "CONTENT_TYPE_ERROR")


def test_another_etag_or_size_joins_nothing_and_the_right_one_does_afterwards(ana, portrait):
    task = ana.create()
    (etag,) = send(parts(ana, task, size=len(portrait)), portrait)

    wrong = [complete(ana, task, len(portrait), "0" * 32), complete(ana, task, len(portrait) + 1, etag)]

    assert [each.status_code for each in wrong] == [400, 400]
    assert "another ETag" in wrong[0].json()["error"]
    assert ana.status(task["task_id"])["task_status"] == "new"
    assert complete(ana, task, len(portrait), etag).json()["task_status"] in {"queued", "processing", "done"}


def test_a_cancelled_task_takes_no_parts(ana, portrait):
    task = ana.create()
    answer = parts(ana, task, size=len(portrait))
    (url,) = [each["upload_url"] for each in answer.json()["upload_urls"]]
    ana.call("POST", f"/v2/task/{task['task_id']}/cancel")

    assert requests.put(url, data=portrait, timeout=60).status_code in {403, 404, 409}
    assert complete(ana, task, len(portrait), "0" * 32).status_code == 409

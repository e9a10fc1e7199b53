"""How much one owner may ask of a node."""

import numpy as np
import pytest
import requests

from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key


@pytest.fixture(scope="module")
def strict(new_node):
    node = new_node("--max-open-tasks", "2", "--max-open-jobs", "2", "--max-megapixels", "1").start(until_ready=False)
    yield node
    node.close()


def test_a_picture_may_have_only_so_many_pixels(strict, encode):
    ended = strict.ana().anonymize(encode(np.zeros((1000, 1001), np.uint8), "PNG"))

    assert (ended["task_status"], ended["failure_cause"]) == ("failed", "IMAGE_TOO_LARGE")


def test_an_owner_may_have_only_so_many_unfinished_tasks(strict, portrait):
    client = strict.ana()
    tasks = [client.create() for _ in range(2)]

    created = client.request_task()
    uploaded = client.call("POST", "/v1/file?face=true", data=portrait, headers={"Authorization": client.token})
    client.call("DELETE", f"/v2/task/{tasks[0]['task_id']}")

    text = (
        "You have 2 unfinished tasks, which is the limit of this service. Please wait until some have ended, or delete"
    )
    assert created.json() == {"status_code": 429, "error": f"Could not create task. {text} some."}
    assert uploaded.json() == {"status_code": 429, "error": f"Could not take the file. {text} some."}
    assert client.request_task().status_code == 200


def test_an_api_key_may_have_only_so_many_open_jobs(strict):
    api_url = f"{strict.base_url}/v1"
    secrets = [add_key(label, keys=strict.stores().api_keys, clock=SystemClock()).secret for label in ("one", "two")]
    headers, other = ({"access_token": secret} for secret in secrets)

    def create(who):
        return requests.post(f"{api_url}/create_upload_session", headers=who, json={"file_name": "a.jpg"})

    job_ids = [create(headers).json()["job_id"] for _ in range(2)]
    refused = create(headers)
    requests.post(f"{api_url}/cancel_job/{job_ids[0]}", headers=headers)

    assert refused.status_code == 429
    assert refused.json() == {"detail": "The API key has 2 open jobs, which is the limit of this service."}
    assert [create(headers).status_code, create(other).status_code] == [200, 200]

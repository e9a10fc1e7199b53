"""Clients that do anything at any moment, to each other's tasks too, meet refusals and never an unexpected error."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLIENTS, SECONDS = 10, 30
LIST = "<BlockList><Latest>AAAA</Latest></BlockList>"
# What most often meets somebody else's doing comes up more often.
OFTEN = ("send", "send_v1", "block", "approve")


class Storm:
    """One client's steps. Tasks and jobs are everybody's."""

    def __init__(self, node, token, key, files, seed):
        self.base_url, self.files, self.random = node.base_url, files, random.Random(seed)
        self.session = requests.Session()
        self.own, self.key = {"Authorization": token}, {"access_token": key}
        self.answers = []

    def call(self, method, url, **options):
        url = url if url.startswith("http") else self.base_url + url
        answer = self.session.request(method, url, timeout=100, **options)
        self.answers.append((answer.status_code, method, url.partition("?")[0]))
        return answer.json() if answer.ok and "json" in answer.headers.get("Content-Type", "") else {}

    def step(self, tasks, jobs):
        task = self.random.choice(tasks) if tasks else self.create()
        job = self.random.choice(jobs) if jobs else self.create_job()
        file, path = self.random.choice(self.files), f"/v2/task/{task['task_id']}"
        own, key, job_id = {"headers": self.own}, {"headers": self.key}, job["job_id"]
        whole = {"size": len(self.files[0])}
        named = [{name: part[name] for name in ("part_number", "etag")} for part in task.get("parts", [])]
        arrived = {**whole, "parts": named}
        steps = {
            "create": lambda: tasks.append(self.create()),
            "send": lambda: self.call("PUT", task.get("upload_url", path), data=file),
            "show": lambda: self.call("GET", path, **own),
            "render": lambda: self.call("POST", f"{path}/render", json={"anonymization_method": "pixelate"}, **own),
            "cancel": lambda: self.call("POST", f"{path}/cancel", **own),
            "delete": lambda: self.call("DELETE", path, **own),
            "forget_all": lambda: self.random.random() < 0.2 and self.call("DELETE", "/v1/task/list", **own),
            "send_v1": lambda: self.call("POST", "/v1/file?face=true", data=file, **own),
            "parts": lambda: task.update(self.call("POST", f"{path}/parts", json=whole, **own)),
            "send_part": lambda: [
                self.call("PUT", each["upload_url"], data=self.files[0]) for each in task.get("upload_urls", [])
            ],
            "complete": lambda: self.call("POST", f"{path}/parts/complete", json=arrived, **own),
            "session": lambda: jobs.append(self.create_job()),
            "block": lambda: self.call("PUT", f"{job['session_uri']}&comp=block&blockid=AAAA", data=file),
            "commit": lambda: self.call("PUT", f"{job['session_uri']}&comp=blocklist", data=LIST),
            "approve": lambda: self.call("POST", f"/v1/approve_job/{job_id}", allow_redirects=False, **key),
            "cancel_job": lambda: self.call("POST", f"/v1/cancel_job/{job_id}", **key),
            "result": lambda: self.call("GET", f"/v1/job_result/{job_id}", **key),
            "archive": lambda: self.call("GET", f"/v1/job_archive/{job_id}", **key),
        }
        steps[self.random.choice([*steps, *OFTEN])]()

    def create(self):
        return self.call("POST", "/v2/task", json={"anonymization_method": "blur", "face": True}, headers=self.own)

    def create_job(self):
        body = {"file_name": "a.jpg", "model_config": {}}
        return self.call("POST", "/v1/create_upload_session", json=body, headers=self.key)


def test_a_storm_of_clients_meets_no_unexpected_error(new_node, portrait):
    node = new_node("--profile", "fast").start()
    token = node.ana().token
    key = add_key("storm", keys=node.stores().api_keys, clock=SystemClock(), credits_granted=10_000).secret
    clients = [Storm(node, token, key, [portrait, b"no picture"], seed) for seed in range(CLIENTS)]
    tasks, jobs, end = [], [], time.monotonic() + SECONDS

    def rage(client):
        while time.monotonic() < end:
            client.step(tasks, jobs)
            del tasks[:-12], jobs[:-8]

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(rage, clients))

    answers = [each for client in clients for each in client.answers]
    assert len(answers) > 100
    assert [each for each in answers if each[0] >= 500] == []
    assert node.log("unexpected error") == []

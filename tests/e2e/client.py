"""A customer's program, in the words of the tests."""

import json
import re
import time
from io import BytesIO
from typing import ClassVar

import requests
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

# The end of what hangs, no judgement of speed: a busy machine takes ten times as long as an idle one.
WAIT_SECONDS = 100
POLL_SECONDS, MOST_POLL_SECONDS = 0.05, 0.2


def wait_until(condition, *, seconds=WAIT_SECONDS, what="it"):
    """Return the condition's first true value. Asking takes time from what is waited for: the longer, the rarer."""
    deadline, pause = time.monotonic() + seconds, POLL_SECONDS
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(pause)
        pause = min(1.3 * pause, MOST_POLL_SECONDS)
    raise AssertionError(f"{what} did not happen within {seconds} s")


class Client:
    """A customer's program."""

    secrets: ClassVar[set] = set()  # everything that no log may show

    def __init__(self, base_url, token=None):
        self.base_url = base_url
        self.token = token
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self):
        self._session.close()

    def call(self, method, path, **options):
        """Send one request, with the token unless `headers` are given."""
        headers = options.pop("headers", {"Authorization": self.token} if self.token else {})
        url = path if path.startswith("http") else self.base_url + path
        self.secrets.update(re.findall(r"signature=([0-9a-f]{20,})", url))
        return self._session.request(
            method, url, headers=headers, timeout=WAIT_SECONDS, allow_redirects=False, **options
        )

    def sign_in(self, username, password):
        answer = self.call("POST", "/v2/signin", headers={}, json={"username": username, "password": password})
        tokens = [text for key, text in answer.json().items() if key in {"AccessToken", "IdToken", "RefreshToken"}]
        self.secrets.update([password, *tokens])
        return answer

    def request_task(self, **parameters):
        body = {"anonymization_method": "blur", "face": True, **parameters}
        return self.call("POST", "/v2/task", data=json.dumps(body))

    def create(self, **parameters):
        answer = self.request_task(**parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, task, data, headers=None):
        return self.call("PUT", task["upload_url"], headers=headers or {}, data=data)

    def submit(self, picture, **parameters):
        """Create a task and upload its picture; return its id."""
        task = self.create(**parameters)
        assert self.upload(task, picture).status_code == 200
        return task["task_id"]

    def status(self, task_id):
        answer = self.call("GET", f"/v2/task/{task_id}/status")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, task_id, *, seconds=WAIT_SECONDS):
        """Wait for the task's end and return its status."""
        return wait_until(
            lambda: (now := self.status(task_id))["task_status"] in {"done", "failed"} and now,
            seconds=seconds,
            what=f"the end of task {task_id}",
        )

    def anonymize(self, picture, **parameters):
        return self.ended(self.submit(picture, **parameters))

    def download(self, url, **options):
        """Fetch from a signed URL, without a token."""
        return self.call("GET", url, headers=options.pop("headers", {}), **options)

    def metric(self, name, **labels):
        """Return the sum of a node's samples of this name with these labels."""
        families = text_string_to_metric_families(self.call("GET", "/metrics", headers={}).text)
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    def picture(self, url):
        answer = self.download(url)
        assert answer.status_code == 200, answer.text
        return Image.open(BytesIO(answer.content))

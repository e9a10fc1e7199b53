"""A client of the API, a service to talk to, and pictures to send.

The scenarios speak HTTP only. They run against a node started here, or against any other deployment:
VEIL_E2E_URL and the accounts VEIL_E2E_ANA and VEIL_E2E_BEN (`name:password`) in the environment.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image

from veil.adapters.node.stores import NodeStores
from veil.adapters.vision import installed_classes, models_folder

WAIT_SECONDS = 30
POLL_SECONDS = 0.05


def wait_until(condition, *, seconds=WAIT_SECONDS, what="it"):
    """Return the condition's first true value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"{what} did not happen within {seconds} s")


class Client:
    """A customer's program."""

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
        return self._session.request(
            method, url, headers=headers, timeout=WAIT_SECONDS, allow_redirects=False, **options
        )

    def sign_in(self, username, password):
        return self.call("POST", "/v2/signin", headers={}, json={"username": username, "password": password})

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

    def picture(self, url):
        answer = self.download(url)
        assert answer.status_code == 200, answer.text
        return Image.open(BytesIO(answer.content))


@dataclass
class Node:
    """`veil serve` as a process of its own, on a folder that outlives it."""

    data: Path
    options: tuple = ()
    environment: dict = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen | None = None
    clients: list = field(default_factory=list)

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_file(self):
        return self.data.with_suffix(".log")

    @property
    def error_file(self):
        """What is printed besides the log."""
        return self.data.with_suffix(".err")

    def log_lines(self):
        return self.log_file.read_text().splitlines()

    def log(self, message):
        """Return the log records with this message."""
        records = [json.loads(line) for line in self.log_lines()]
        return [record for record in records if record["message"] == message]

    def command(self):
        # Not `veil` itself: the signal must reach the service, and coverage must see it.
        program = "import sys; from veil.cli import main; sys.exit(main())"
        options = ["--data", self.data, "--port", self.port, "--workers", 1, *self.options]
        return [sys.executable, "-c", program, "serve", *map(str, options)]

    def start(self, *, until_ready=True):
        served = len(self.log("serving")) if self.log_file.exists() else 0
        environment = os.environ | self.environment
        with self.log_file.open("a") as log, self.error_file.open("a") as errors:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=errors, env=environment)
        wait_until(lambda: len(self.log("serving")) > served or self.process.poll() is not None, what="serving")
        assert self.process.poll() is None, self.error_file.read_text()
        self.port = int(self.log("serving")[-1]["url"].rpartition(":")[2])
        if until_ready:
            wait_until(lambda: requests.get(f"{self.base_url}/v1/status", timeout=5).ok, what="ready")
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_SECONDS)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stores(self):
        return NodeStores.open(self.data)

    def add_account(self, name, password):
        return self.stores().accounts.add(name, password)

    def client(self, name=None, password=None):
        client = Client(self.base_url)
        if name:
            client.token = client.sign_in(name, password).json()["AccessToken"]
        self.clients.append(client)
        return client

    def close(self):
        for client in self.clients:
            client.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


ANA = ("ana@example.org", "correct horse battery")
BEN = ("ben@example.org", "staple a stapler")


@dataclass(frozen=True)
class Service:
    """A running deployment with two accounts."""

    base_url: str
    ana: tuple
    ben: tuple


@pytest.fixture(scope="session")
def models():
    """The folder with the default models."""
    folder = models_folder(os.environ)
    if not installed_classes(folder):
        pytest.skip("no model is installed; `make setup` installs the default ones")
    return folder


@pytest.fixture(scope="session")
def new_node(tmp_path_factory, models):
    """Builds a node that is not started yet; ends it with the session."""
    nodes = []

    def build(*options, **environment):
        data = tmp_path_factory.mktemp("node") / "data"
        nodes.append(Node(data, options, {"VEIL_MODELS_DIR": str(models), **environment}))
        return nodes[-1]

    yield build
    for node in nodes:
        node.close()


@pytest.fixture(scope="session")
def service(request):
    """The deployment that the scenarios run against."""
    url = os.environ.get("VEIL_E2E_URL")
    if url:
        accounts = [tuple(os.environ[name].split(":", 1)) for name in ("VEIL_E2E_ANA", "VEIL_E2E_BEN")]
        return Service(url.rstrip("/"), *accounts)
    build = request.getfixturevalue("new_node")
    node = build("--upload-limit", "3", VEIL_USER=ANA[0], VEIL_PASSWORD=ANA[1])
    node.data.mkdir()
    node.add_account(*BEN)
    return Service(node.start().base_url, ANA, BEN)


@pytest.fixture(scope="session")
def new_client(service):
    """Builds a client of the service, signed in when given an account."""
    clients = []

    def build(account=None):
        client = Client(service.base_url)
        clients.append(client)
        if account:
            client.token = client.sign_in(*account).json()["AccessToken"]
        return client

    yield build
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def ana(new_client, service):
    """A client that is signed in."""
    return new_client(service.ana)


@pytest.fixture(scope="session")
def ben(new_client, service):
    """Another account's client."""
    return new_client(service.ben)


@pytest.fixture(scope="session")
def eventually():
    """Waits for a condition."""
    return wait_until


@pytest.fixture(scope="session")
def encode():
    """Builds a picture file from an array: `encode(array, "PNG")`."""

    def build(array, kind="JPEG", **options):
        file = BytesIO()
        Image.fromarray(array).save(file, kind, **({"quality": 92} if kind == "JPEG" else {}) | options)
        return file.getvalue()

    return build


@pytest.fixture(scope="session")
def portrait(astronaut, encode):
    """A JPEG of 512 x 512 with one face."""
    return encode(astronaut)

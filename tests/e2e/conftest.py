"""A client of the API, a service to talk to, and pictures to send.

The scenarios speak HTTP only. They run against a node started here, or against any other deployment:
VEIL_E2E_URL and the accounts VEIL_E2E_ANA and VEIL_E2E_BEN (`name:password`) in the environment.
"""

import os
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image

from tests.e2e.client import Client, wait_until
from tests.e2e.running_node import ANA, Node

BEN = ("ben@example.org", "staple a stapler")


@dataclass(frozen=True)
class Service:
    """A running deployment with two accounts."""

    base_url: str
    ana: tuple
    ben: tuple


@pytest.fixture(scope="session")
def new_node(tmp_path_factory, models):
    """Builds a node that is not started yet; ends it with the session."""
    nodes = []

    def build(*options):
        data = tmp_path_factory.mktemp("node") / "data"
        nodes.append(Node(data, options, {"VEIL_MODELS_DIR": str(models)}))
        return nodes[-1]

    yield build
    for node in nodes:
        node.close()
    log = "\n".join(line for node in nodes for line in node.log_lines())
    assert not [secret for secret in Client.secrets if secret in log], "the log tells secrets"


@pytest.fixture(scope="session")
def service(request):
    """The deployment that the scenarios run against."""
    url = os.environ.get("VEIL_E2E_URL")
    if url:
        accounts = [tuple(os.environ[name].split(":", 1)) for name in ("VEIL_E2E_ANA", "VEIL_E2E_BEN")]
        return Service(url.rstrip("/"), *accounts)
    build = request.getfixturevalue("new_node")
    # What is found matters in a few scenarios, which ask for a profile or see the same with each.
    node = build("--upload-limit", "3", "--profile", "fast")
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

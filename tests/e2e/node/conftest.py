"""Nodes that tests may kill, look into and call back."""

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
from standardwebhooks import Webhook

from tests.e2e.syntonym_client import SyntonymClient
from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key


@dataclass
class Receiver:
    """A customer's server that is told how tasks end."""

    port: int = 0
    status: int = 200
    calls: list = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    def start(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.calls.append((self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook?param=test"

    def bodies(self, secret):
        """Return what was told, each call's signature verified."""
        return [Webhook(secret).verify(body, headers) for _, headers, body in self.calls]


@pytest.fixture
def receiver():
    receiver = Receiver().start()
    yield receiver
    receiver.stop()


@pytest.fixture
def node(new_node):
    """A node of this test's own, not started."""
    node = new_node("--allow-private-webhooks")
    yield node
    node.close()


# Starting a node costs seconds, so tests that leave it running and mind nobody else's tasks share one. What is found is
# no matter to most: those that are no reader's look fast.


@pytest.fixture(scope="session")
def running(new_node):
    """A node that calls webhooks on this machine."""
    return new_node("--allow-private-webhooks", "--profile", "fast").start()


@pytest.fixture(scope="session")
def plain(new_node):
    """A node as a reader of the documents starts it."""
    return new_node().start()


@pytest.fixture(scope="session")
def jobs_folder(tmp_path_factory):
    """The folder that the container's stand-in shares with its clients."""
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="session")
def container(new_node, jobs_folder):
    """A node that stands in for the container."""
    options = ("--auth", "none", "--allow-private-webhooks", "--upload-limit", "3", "--profile", "fast")
    return new_node(*options, "--jobs-folder", jobs_folder).start()


@pytest.fixture(scope="session")
def large_portrait(astronaut, encode):
    """A JPEG with many faces, which takes a worker a while."""
    return encode(np.tile(astronaut, (3, 3, 1)))


@pytest.fixture(scope="session")
def photos(large_portrait, portrait):
    """A picture that takes a while and two that do not."""
    return large_portrait, portrait, portrait


@pytest.fixture
def client(plain, tmp_path):
    """Builds a client of Syntonym's API with a key of its own, which is given some credits."""
    stores = plain.stores()

    def build(granted=0):
        label = f"key {len(stores.api_keys.list())}"
        made = add_key(label, keys=stores.api_keys, clock=SystemClock(), credits_granted=granted)
        return SyntonymClient(f"{plain.base_url}/v1", made.secret, tmp_path)

    return build

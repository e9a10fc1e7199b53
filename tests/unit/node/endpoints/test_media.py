"""Media over real sockets: URLs expire, and nobody may stall or go on for ever."""

import socket
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from starlette.responses import JSONResponse

from tests.memory_adapters import MemoryTaskStore, MemoryWorkQueue
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.part_uploads import FolderPartUploads
from veil.adapters.folders.signed_urls import SignedUrls
from veil.domain.media import DOWNLOAD_URL_LIFE, UPLOAD_URL_LIFE, original_key
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.media import Transfers
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.forget_task import Parts, forget_task

PICTURE = b"\xff\xd8\xff and more"


@pytest.fixture
def media(folder, clock, listening):
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    return FolderMediaStore(folder / "media", SignedUrls(base_url, b"k" * 32, clock))


@pytest.fixture
def tasks():
    return MemoryTaskStore()


@pytest.fixture
def upload_url(media, tasks, create):
    tasks.add(create(7, owner="ana"))
    return media.upload_url(original_key("ana", 7), life=UPLOAD_URL_LIFE)


@pytest.fixture(autouse=True)
def transfers(serve, listening, media, tasks, clock):
    queue = MemoryWorkQueue(clock, visibility=timedelta(minutes=1))
    transfers = Transfers(
        media=media,
        parts=FolderPartUploads(media._root, media, media._urls),
        urls=media._urls,
        tasks=tasks,
        intake=UploadIntake(tasks=tasks, media=media, queue=queue, clock=clock),
        upload_limit_bytes=1000,
        idle_timeout_seconds=1,
    )
    serve(listening, transfers)
    return transfers


def test_an_upload_url_takes_a_picture_until_its_hour_is_over(upload_url, clock, tasks):
    clock.advance(UPLOAD_URL_LIFE - timedelta(seconds=1))
    in_time = requests.put(upload_url, data=PICTURE, timeout=60)
    clock.advance(timedelta(seconds=1))
    late = requests.put(upload_url, data=PICTURE, timeout=60)

    assert (in_time.status_code, late.status_code) == (200, 403)
    assert "expired" in late.json()["error"]
    assert tasks.get("ana", 7).status == "queued"


def test_a_download_url_answers_until_its_time_is_over(media, clock, tmp_path):
    (tmp_path / "result").write_bytes(PICTURE)
    media.put("ana/7/1/anonymized.jpeg", tmp_path / "result", media_type="image/jpeg")
    url = media.download_url("ana/7/1/anonymized.jpeg", life=DOWNLOAD_URL_LIFE)

    clock.advance(DOWNLOAD_URL_LIFE - timedelta(seconds=1))
    in_time = requests.get(url, timeout=60)
    clock.advance(timedelta(seconds=1))
    late = requests.get(url, timeout=60)

    assert (in_time.status_code, in_time.content) == (200, PICTURE)
    assert (late.status_code, late.json()["status_code"]) == (403, 403)


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("image/jpeg", "image/jpeg"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("image/jpeg\r\nX-Evil: 1", "application/octet-stream"),
        ("image/\N{SNOWMAN}", "application/octet-stream"),
    ],
)
def test_a_download_is_for_nobody_elses_cache_and_no_browser_runs_it(media, tmp_path, declared, told):
    (tmp_path / "original").write_bytes(PICTURE)
    media.put("ana/7/original", tmp_path / "original", media_type=declared)

    answer = requests.get(media.download_url("ana/7/original", life=DOWNLOAD_URL_LIFE), timeout=60)

    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["Content-Type"].partition(";")[0] == told
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Evil" not in answer.headers


def test_an_upload_that_falls_silent_is_broken_off_and_leaves_nothing(upload_url, folder, tasks):
    url = urlsplit(upload_url)
    head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"

    with socket.create_connection((url.hostname, url.port), timeout=60) as sock:
        sock.sendall(head.encode() + PICTURE)
        answer = b"".join(iter(lambda: sock.recv(1000), b""))

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert tasks.get("ana", 7).status == "new"
    assert not list((folder / "media" / "~incoming").iterdir())


def send_for(seconds, client, chunk):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client.sendall(chunk)


def test_a_client_that_goes_on_sending_after_a_refusal_is_cut_off(serve):
    app = LingeringClose(JSONResponse({"error": "too large"}, 413), seconds=0.5)
    sock = socket.create_server(("127.0.0.1", 0))
    serve(sock, app)

    with socket.create_connection(sock.getsockname(), timeout=60) as client:
        client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = client.recv(1000)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            send_for(60, client, b"400\r\n" + bytes(1024) + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


@pytest.mark.parametrize("parts", [Parts(record=False), Parts()], ids=["deleted", "forgotten"])
def test_an_upload_whose_task_goes_while_it_is_kept_is_refused_and_leaves_nothing(
    upload_url, transfers, folder, clock, parts
):
    media, keep = transfers.media, transfers.media.keep_upload

    def delete_just_before(*arguments, **options):
        forget_task("ana", 7, parts, tasks=transfers.tasks, media=media, clock=clock)
        return keep(*arguments, **options)

    media.keep_upload = delete_just_before
    answer = requests.put(upload_url, data=PICTURE, timeout=60)

    assert answer.status_code in {400, 404}
    assert [each for each in (folder / "media").rglob("*") if each.is_file()] == []

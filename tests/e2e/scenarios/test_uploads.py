"""What may be sent, how, and what becomes of it."""

import socket
import struct
import time
import zlib
from urllib.parse import urlsplit

import numpy as np
import pytest

LIMIT = 3_000_000


def png_of_size(width, height):
    """Return a small PNG that claims to have many pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "kind", [None, "image/jpeg", "image/jpg", "image/png", "application/octet-stream", "IMAGE/JPEG; q=1"]
)
def test_a_picture_is_taken_under_any_type_that_could_be_meant(ana, portrait, kind):
    task = ana.create()

    answer = ana.upload(task, portrait, {"Content-Type": kind} if kind else {})

    assert answer.status_code == 200
    assert ana.ended(task["task_id"])["task_status"] == "done"


def test_a_png_comes_back_as_a_png(ana, astronaut, encode):
    done = ana.anonymize(encode(astronaut, "PNG"))

    picture = ana.picture(done["anonymized_url"])
    assert (picture.format, picture.size) == ("PNG", (512, 512))


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"hello, world", None), (None, "text/plain"), (None, "video/x-flv"), (b"", None)],
)
def test_what_is_declared_or_looks_like_no_picture_fails_and_is_deleted(ana, portrait, data, kind):
    task = ana.create()

    answer = ana.upload(task, portrait if data is None else data, {"Content-Type": kind} if kind else {})

    ended = ana.ended(task["task_id"])
    assert answer.status_code == 200
    assert (ended["task_status"], ended["failure_cause"]) == ("failed", "CONTENT_TYPE_ERROR")
    assert "anonymized_url" not in ended


def test_damaged_pictures_fail_as_defect(ana, portrait):
    noise = np.random.default_rng(7).integers(0, 256, 2000, np.uint8).tobytes()
    cut, garbage = portrait[: len(portrait) // 2], portrait[:700] + noise

    causes = [ana.anonymize(each)["failure_cause"] for each in (cut, garbage, portrait[:4])]

    assert causes == ["IMAGE_DEFECT"] * 3


def test_what_exactly_was_wrong_with_a_picture_is_told(ana, portrait):
    assert ana.anonymize(portrait[: len(portrait) // 2])["failure_reason"].startswith("the JPEG cannot be decoded: ")


def test_a_pixel_bomb_fails_without_being_opened(ana):
    ended = ana.anonymize(png_of_size(60_000, 60_000))

    assert (ended["task_status"], ended["failure_cause"]) == ("failed", "IMAGE_TOO_LARGE")


def test_a_panorama_preset_fails_on_another_size(ana, portrait):
    ended = ana.anonymize(portrait, format="pano:4096")

    assert (ended["task_status"], ended["failure_cause"]) == ("failed", "PARAMETER_ERROR_FORMAT")


def test_sending_the_same_again_succeeds_and_anything_else_is_refused(ana, portrait):
    task = ana.create()
    ana.upload(task, portrait)
    ana.ended(task["task_id"])

    same = ana.upload(task, portrait)
    other = ana.upload(task, portrait + b"\x00")

    assert same.status_code == 200
    assert (other.status_code, other.json()["status_code"]) == (409, 409)
    assert ana.status(task["task_id"])["task_status"] == "done"


def test_an_upload_beyond_the_limit_is_refused_and_the_client_can_read_why(ana):
    data = b"\xff\xd8\xff" + bytes(3 * LIMIT)

    def chunks():
        for start in range(0, len(data), 65536):
            yield data[start : start + 65536]

    task = ana.create()
    announced = ana.upload(task, data)
    chunked = ana.upload(task, chunks())

    for answer in (announced, chunked):
        assert answer.status_code == 413
        assert str(LIMIT) in answer.json()["error"]
    assert ana.status(task["task_id"])["task_status"] == "new"


def test_a_json_body_beyond_64_kilobytes_is_refused_and_the_client_can_read_why(ana, new_client):
    body = b'{"face": "' + b"x" * 3_000_000 + b'"}'

    for path in ("/v2/task", "/v2/signin"):
        for data in (body, iter([body[:100_000], body[100_000:]])):
            answer = ana.call("POST", path, data=data)
            assert (answer.status_code, answer.json()["status_code"]) == (413, 413)


def test_a_refused_upload_leaves_the_connection_usable(ana, portrait):
    task = ana.create()

    refused = ana.call("PUT", task["upload_url"] + "0", headers={}, data=portrait)

    assert refused.status_code == 403
    assert ana.upload(task, portrait).status_code == 200


def test_an_upload_that_breaks_off_can_be_sent_again(ana, portrait):
    task = ana.create()
    url = urlsplit(task["upload_url"])
    head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(portrait)}\r\n\r\n"

    with socket.create_connection((url.hostname, url.port or 80)) as broken:
        broken.sendall(head.encode() + portrait[:5000])
        time.sleep(0.1)

    assert ana.status(task["task_id"])["task_status"] == "new"
    assert ana.upload(task, portrait).status_code == 200


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(ana, portrait):
    task = ana.create()
    url = urlsplit(task["upload_url"])
    head = (
        f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        f"Content-Length: {len(portrait)}\r\nConnection: close\r\n\r\n"
    )

    with socket.create_connection((url.hostname, url.port or 80)) as sock:
        sock.settimeout(60)
        sock.sendall(head.encode())
        first = sock.recv(1000)
        sock.sendall(portrait)
        second = sock.recv(1000)

    assert first.startswith(b"HTTP/1.1 100 ")
    assert second.startswith(b"HTTP/1.1 200 ")


def test_a_client_that_waits_for_100_continue_need_not_send_what_is_too_large(ana):
    url = urlsplit(ana.create()["upload_url"])
    head = (
        f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {2 * LIMIT}\r\n\r\n"
    )

    with socket.create_connection((url.hostname, url.port or 80)) as sock:
        sock.settimeout(60)
        sock.sendall(head.encode())
        first = sock.recv(1000)

    assert first.startswith(b"HTTP/1.1 413 ")

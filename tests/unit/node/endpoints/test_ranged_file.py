"""A file is sent in the parts that are asked for, and whole where nobody can tell which those are."""

import pytest
import requests

from veil.node.endpoints.ranged_file import RangedFile


@pytest.fixture
def url(serve, listening, tmp_path):
    """Where a file of ten bytes is."""
    (tmp_path / "ride.mp4").write_bytes(b"0123456789")
    serve(listening, RangedFile(tmp_path / "ride.mp4", media_type="video/mp4"))
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


def answered(url, asked):
    answer = requests.get(url, headers={"Range": asked}, timeout=60)
    return answer.status_code, answer.content


def test_what_can_be_had_of_the_ranges_is_sent_alone(url):
    parts = {
        "bytes=2-4": b"234",
        "Bytes=7-": b"789",
        "bytes=-3": b"789",
        "bytes=8-99": b"89",
        "bytes=-99": b"0123456789",
        "bytes=1-2,99-": b"12",
        "bytes=, 1-2 ,": b"12",
    }

    assert {asked: answered(url, asked) for asked in parts} == {asked: (206, part) for asked, part in parts.items()}


def test_a_range_that_nobody_understands_is_ignored(url):
    asked = ["lines=1-2", "bytes", "bytes=", "bytes=-", "bytes=4-2", "bytes=a-b", "bytes=1-2,x", "bytes=+1-2"]
    asked += ["bytes=1_0-", f"bytes={'9' * 5000}-", "bytes=1-2" + ",1-2" * 100]

    assert {each: answered(url, each) for each in asked} == dict.fromkeys(asked, (200, b"0123456789"))


def test_a_range_of_which_nothing_can_be_had_is_told_how_long_the_file_is(url):
    for asked in ("bytes=10-", "bytes=99-100,10-", "bytes=-0"):
        answer = requests.get(url, headers={"Range": asked}, timeout=60)

        assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */10")
        assert answer.json()["status_code"] == 416
        assert "10 bytes" in answer.json()["error"]


def test_a_range_of_another_version_of_the_file_is_ignored(url):
    for asked in ("bytes=2-4", "bytes=10-"):
        answer = requests.get(url, headers={"Range": asked, "If-Range": '"another"'}, timeout=60)

        assert (answer.status_code, answer.content) == (200, b"0123456789")


def test_who_has_the_file_is_not_sent_it_again(url):
    etag = requests.head(url, timeout=60).headers["ETag"]
    named = [etag, f"W/{etag}", f'"another", {etag}', "*"]
    answers = [requests.get(url, headers={"If-None-Match": each, "Range": "bytes=2-4"}, timeout=60) for each in named]

    assert [(each.status_code, each.content, each.headers["ETag"]) for each in answers] == [(304, b"", etag)] * 4
    assert requests.get(url, headers={"If-None-Match": '"another"'}, timeout=60).status_code == 200


def test_a_range_means_nothing_to_who_asks_for_the_headers_only(url):
    answer = requests.head(url, headers={"Range": "bytes=2-4"}, timeout=60)

    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "10")

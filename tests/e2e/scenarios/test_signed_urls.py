"""Upload and download URLs open one file for one method, and nothing else."""

import re
from io import BytesIO
from urllib.parse import urlsplit, urlunsplit

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def done(ana, portrait):
    """A task that ended well."""
    return ana.anonymize(portrait)


@pytest.fixture(scope="module")
def url(done):
    return done["anonymized_url"]


def refuses(answer):
    return answer.status_code == 403 and answer.json()["status_code"] == 403


def test_a_download_url_needs_no_token_and_names_the_file(ana, url):
    answer = ana.download(url)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(answer.content)).format == "JPEG"


def test_an_upload_url_downloads_nothing_and_a_download_url_takes_nothing(ana, url, portrait):
    created = ana.create()
    ana.upload(created, portrait)

    assert refuses(ana.download(created["upload_url"]))
    assert refuses(ana.call("PUT", url, headers={}, data=portrait))
    assert refuses(ana.call("DELETE", url, headers={}))
    assert refuses(ana.call("POST", url, headers={}))


@pytest.mark.parametrize(
    "tamper",
    [
        lambda url: re.sub(r"expires=\d+", "expires=9999999999", url, flags=re.IGNORECASE),
        lambda url: url.replace("anonymized", "binary_mask", 1).replace("jpeg", "png", 1),
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.partition("?")[0],
        lambda url: url.replace("/1/anonymized", "/1/../1/anonymized"),
    ],
    ids=["longer life", "another file", "another signature", "no signature", "a detour"],
)
def test_a_changed_url_opens_nothing(ana, url, tamper):
    changed = tamper(url)

    answer = ana._session.send(_verbatim(changed), timeout=60)

    assert changed != url
    assert answer.status_code == 403


def test_another_owner_or_task_in_the_path_opens_nothing(ana, ben, url, done):
    parts = urlsplit(url)
    theirs = parts.path.replace(done["binary_mask_url"].split("/")[-3], "1")
    mine = parts.path.replace(str(done["task_id"]), str(ben.create()["task_id"]))

    for path in (theirs, mine):
        assert refuses(ana.download(urlunsplit(parts._replace(path=path))))


def test_head_tells_the_size_and_sends_nothing(ana, url):
    head, whole = ana.call("HEAD", url, headers={}), ana.download(url)

    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(whole.content)


def test_a_part_of_a_file_can_be_fetched(ana, url):
    whole = ana.download(url).content

    part = ana.download(url, headers={"Range": "bytes=100-199"})
    rest = ana.download(url, headers={"Range": f"bytes={len(whole) - 10}-"})
    beyond = ana.download(url, headers={"Range": f"bytes={len(whole)}-"})

    assert (part.status_code, part.content) == (206, whole[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert rest.content == whole[-10:]
    assert beyond.status_code == 416


def _verbatim(url):
    """Return a request for exactly this URL: `requests` would tidy it up."""
    import requests

    prepared = requests.Request("GET", url).prepare()
    prepared.url = url
    return prepared

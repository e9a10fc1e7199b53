"""Parts of uploads in folders: nothing of them outlives its task, and no other file is ever replaced."""

import hashlib
from pathlib import Path

import pytest

from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.part_uploads import FolderPartUploads, number_of
from veil.adapters.folders.signed_urls import SignedUrls
from veil.domain.errors import UploadRefusedError

KEY = "ana/7/original"


@pytest.fixture
def urls(clock):
    return SignedUrls("http://127.0.0.1:8080", b"k" * 32, clock)


@pytest.fixture
def media(folder, urls):
    return FolderMediaStore(folder / "media", urls)


@pytest.fixture
def parts(folder, media, urls):
    return FolderPartUploads(folder / "media", media, urls)


@pytest.fixture
def send(media):
    """Keeps a part as it arrives."""

    def keep(upload, number, content):
        incoming = media.begin_upload(limit_bytes=len(content))
        try:
            incoming.write(content)
            return upload.keep(number, incoming)
        finally:
            incoming.discard()

    return keep


def test_the_etag_is_the_parts_checksum(parts, send):
    assert send(parts.begin(KEY), 1, b"part").etag == hashlib.sha256(b"part").hexdigest()


def test_only_the_newest_of_a_part_takes_room(parts, send, folder):
    for content in (b"first", b"second", b"second", b"third"):
        newest = send(parts.begin(KEY), 1, content)
    send(parts.begin(KEY), 11, b"another")

    names = {each.name for each in (folder / "media/ana/7/parts").iterdir()}
    assert (len(names), f"1-{newest.etag}" in names) == (2, True)


def test_an_upload_whose_task_goes_while_it_begins_is_refused(parts, media, monkeypatch):
    parts.begin(KEY)
    make = Path.mkdir

    def delete_just_before(path, **options):
        media.delete("ana/7/")
        make(path, **options)

    monkeypatch.setattr(Path, "mkdir", delete_just_before)

    with pytest.raises(UploadRefusedError):
        parts.begin("ana/7/1/original")


def test_a_part_that_is_replaced_while_it_is_looked_at_hides_no_other(parts, send, monkeypatch):
    upload = parts.begin(KEY)
    replaced, other = send(upload, 1, b"first"), send(upload, 2, b"another")
    look = Path.stat

    def replace_just_before(path, **options):
        if path.name == f"1-{replaced.etag}":
            path.unlink()
        return look(path, **options)

    monkeypatch.setattr(Path, "stat", replace_just_before)

    assert upload.arrived() == [other]


def test_a_part_that_arrives_after_its_upload_is_gone_is_refused_and_leaves_nothing(parts, send, media, folder):
    upload = parts.begin(KEY)
    media.delete("ana/7/")

    with pytest.raises(UploadRefusedError, match="gone"):
        send(upload, 1, b"late")

    assert not [each for each in (folder / "media").rglob("*") if each.is_file()]


def test_a_file_that_was_put_meanwhile_is_not_replaced(parts, send, media, tmp_path):
    upload = parts.begin(KEY)
    part = send(upload, 1, b"parts")
    (tmp_path / "file").write_bytes(b"whole")
    media.put(KEY, tmp_path / "file", media_type="")

    with pytest.raises(UploadRefusedError, match="Another file"):
        upload.join([part])

    assert media.fetch(KEY, tmp_path).read_bytes() == b"whole"


def test_joining_again_after_a_crash_that_left_the_parts_succeeds(parts, send, media):
    first = parts.begin(KEY)
    part = send(first, 1, b"part")
    joined = first.join([part])
    send(parts.begin(KEY), 1, b"part")

    again = parts.begin(KEY).join([part])

    assert (again.sha256, again.size_bytes) == (joined.sha256, 4)
    assert parts.find(KEY) is None


@pytest.mark.parametrize(("key", "number"), [("ana/7/parts/12", 12), ("ana/7/original", None)])
def test_the_key_of_a_url_tells_whether_it_is_for_a_part(key, number):
    assert number_of(key) == number

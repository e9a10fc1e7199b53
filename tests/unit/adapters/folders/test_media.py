"""Media in folders: private, whole or absent, and never outside the root."""

import hashlib
import os
import stat
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.adapters.clock import SystemClock
from veil.adapters.folders import media as media_module
from veil.adapters.folders.durable_files import make_private_folders
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.signed_urls import SignedUrls
from veil.adapters.folders.uploads import UploadTooLargeError
from veil.domain.media import SIGNATURE_LENGTH

KEY = "ana/7/original"
LIMIT = 1000


@pytest.fixture
def urls(clock):
    return SignedUrls("http://127.0.0.1:8080", b"k" * 32, clock)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "media"


@pytest.fixture
def media(root, urls):
    return FolderMediaStore(root, urls)


@pytest.fixture
def arrive(media):
    """Lets bytes arrive in chunks; the upload is not committed yet."""

    begun = []

    def write(*chunks, limit_bytes=LIMIT):
        upload = media.begin_upload(limit_bytes=limit_bytes)
        begun.append(upload)
        for chunk in chunks:
            upload.write(chunk)
        return upload

    yield write
    for upload in begun:
        upload.discard()


@pytest.fixture
def files_in(root):
    def find():
        return [path for path in root.rglob("*") if path.is_file()]

    return find


@pytest.mark.parametrize("declared", ["x" * 5000, 'a"/\\ü'])
def test_whatever_an_upload_declares_is_kept_as_it_was_sent(media, tmp_path, declared):
    (tmp_path / "upload").write_bytes(b"")

    media.put(KEY, tmp_path / "upload", media_type=declared)

    assert media.stat(KEY).declared_type == declared


def test_an_upload_is_counted_and_hashed_while_it_arrives(arrive):
    content = b"\xff\xd8\xff" + b"x" * SIGNATURE_LENGTH + b"end"

    upload = arrive(content[:2], content[2:-3], content[-3:])

    assert (upload.size_bytes, upload.head) == (len(content), content[:SIGNATURE_LENGTH])
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


def test_a_committed_upload_is_kept_with_its_declared_type(media, arrive):
    media.commit_upload(arrive(b"pix", b"els"), KEY, declared_type="image/jpeg")

    located = media.locate(KEY)
    assert located.path.read_bytes() == b"pixels"
    assert (located.size_bytes, located.media_type) == (6, "image/jpeg")


def test_before_it_is_committed_nobody_sees_an_upload(media, arrive):
    arrive(b"pixels")

    assert media.locate(KEY) is None
    assert media.stat(KEY) is None


def test_an_upload_may_fill_the_limit_but_not_exceed_it(arrive):
    upload = arrive(b"x" * LIMIT)

    with pytest.raises(UploadTooLargeError) as caught:
        upload.write(b"x")

    assert caught.value.limit_bytes == LIMIT
    assert upload.path.stat().st_size <= LIMIT


def test_a_discarded_upload_leaves_nothing(media, arrive, files_in):
    upload = arrive(b"pixels")

    upload.discard()
    upload.discard()

    assert files_in() == []


def test_discarding_after_the_commit_takes_nothing_back(media, arrive):
    upload = arrive(b"pixels")
    media.commit_upload(upload, KEY, declared_type="")

    upload.discard()

    assert media.locate(KEY).path.read_bytes() == b"pixels"


def test_the_first_upload_wins(media, arrive, files_in):
    media.commit_upload(arrive(b"first"), KEY, declared_type="image/jpeg")
    second = arrive(b"second")

    with pytest.raises(FileExistsError):
        media.commit_upload(second, KEY, declared_type="image/png")
    second.discard()

    assert media.locate(KEY).path.read_bytes() == b"first"
    assert media.stat(KEY).declared_type == "image/jpeg"
    assert len(files_in()) == 2


def test_whoever_opened_a_file_can_read_on_while_it_is_replaced_or_deleted(media, tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_bytes(b"first")
    two.write_bytes(b"second")
    media.put(KEY, one, media_type="")
    before = media.locate(KEY).path

    media.put(KEY, two, media_type="")
    assert before.read_bytes() == b"first"

    with before.open("rb") as reader:
        media.delete("ana/7/")
        assert reader.read() == b"first"


def test_only_this_user_can_read_what_is_kept(media, root, arrive):
    media.commit_upload(arrive(b"pixels"), KEY, declared_type="")
    media.put("ana/7/1/report.json", media.locate(KEY).path, media_type="")
    arrive(b"half")

    found = {True: set(), False: set()}
    for path in [root, *root.rglob("*")]:
        found[path.is_dir()].add(stat.S_IMODE(path.stat().st_mode))
    assert found == {True: {0o700}, False: {0o600}}


def test_deleting_removes_the_bytes_too_even_those_without_a_note(media, root, arrive, files_in):
    media.commit_upload(arrive(b"pixels"), KEY, declared_type="")
    (root / "ana" / "7" / "0123~original").write_bytes(b"its note was never written")

    media.delete("ana/7/")

    assert files_in() == []
    assert not (root / "ana" / "7").exists()


@pytest.mark.parametrize("step", ["replace", "link"], ids=["a result", "an upload"])
def test_what_is_kept_while_its_task_is_deleted_is_gone_with_it(media, arrive, files_in, monkeypatch, step):
    arrived, settle = arrive(b"bytes"), getattr(os, step)

    def delete_just_before(draft, place):
        media.delete("ana/7/")
        settle(draft, place)

    monkeypatch.setattr(os, step, delete_just_before)
    if step == "replace":
        media.put("ana/7/1/anonymized.jpeg", arrived.path, media_type="image/jpeg")
        arrived.discard()
    else:
        media.commit_upload(arrived, KEY, declared_type="")

    assert files_in() == []


def test_what_is_kept_while_its_tasks_folder_goes_is_gone_with_it(media, arrive, files_in, monkeypatch):
    arrived = arrive(b"bytes")

    def delete_just_after(folder):
        make_private_folders(folder)
        media.delete("ana/7/")

    monkeypatch.setattr(media_module, "make_private_folders", delete_just_after)
    media.commit_upload(arrived, KEY, declared_type="")
    arrived.discard()

    assert files_in() == []


def test_what_a_crash_left_half_received_or_half_deleted_is_removed_at_start(root, media, urls, arrive, files_in):
    media.commit_upload(arrive(b"kept"), KEY, declared_type="")
    arrive(b"half")
    (root / "~incoming" / "doomed").mkdir()
    (root / "~incoming" / "doomed" / "0123~original").write_bytes(b"half deleted")

    restarted = FolderMediaStore(root, urls)
    restarted.discard_leftovers()

    assert len(files_in()) == 2
    assert restarted.stat(KEY).size_bytes == 4
    assert restarted.begin_upload(limit_bytes=1).size_bytes == 0


def test_after_kill_9_every_file_is_whole_or_absent_and_what_was_acknowledged_is_there(root, media, start):
    writer = start("put_forever.py", root)
    acknowledged = [writer.stdout.readline() for _ in range(20)]
    writer.kill()
    acknowledged += writer.communicate()[0].splitlines(keepends=True)

    kept = [f"ana/{number}/original" for number in range(len(acknowledged) + 2)]
    sizes = {key: found.size_bytes for key in kept if (found := media.locate(key))}
    assert {line.strip() for line in acknowledged if line.endswith("\n")} <= set(sizes)
    assert set(sizes.values()) == {300_000}
    assert {media.locate(key).path.read_bytes() for key in sizes} == {b"x" * 300_000}


def test_opening_the_store_again_disturbs_no_upload_in_progress(root, media, urls, arrive):
    upload = arrive(b"pixels")

    FolderMediaStore(root, urls)
    media.commit_upload(upload, KEY, declared_type="")

    assert media.stat(KEY).size_bytes == 6


def test_the_urls_of_the_store_open_its_keys(media, urls):
    put = urlsplit(media.upload_url(KEY, life=timedelta(hours=1)))
    get = urlsplit(media.download_url(KEY, life=timedelta(hours=1)))

    assert urls.verify("PUT", put.path, dict(parse_qsl(put.query))) == KEY
    assert urls.verify("GET", get.path, dict(parse_qsl(get.query))) == KEY


BAD_KEYS = [
    "",
    "/",
    "a//b",
    "/a",
    "a/",
    "..",
    "a/../b",
    "a/./b",
    "a/...",
    "a\\b",
    "a b",
    "a~b",
    "~incoming/x",
    "a\n",
    "ä",
]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_could_leave_the_root_is_refused_everywhere(media, arrive, tmp_path, key):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    upload = arrive(b"x")

    for use in (
        lambda: media.locate(key),
        lambda: media.stat(key),
        lambda: media.fetch(key, tmp_path),
        lambda: media.put(key, file, media_type=""),
        lambda: media.commit_upload(upload, key, declared_type=""),
        lambda: media.delete(f"{key}/"),
        lambda: media.upload_url(key, life=timedelta(hours=1)),
        lambda: media.download_url(key, life=timedelta(hours=1)),
    ):
        with pytest.raises(ValueError, match="Not a media key"):
            use()


@given(key=st.text(st.sampled_from("ab./\\~\0\n"), max_size=8))
def test_no_key_names_a_place_outside_the_root_or_among_the_incoming(tmp_path_factory, key):
    root = tmp_path_factory.getbasetemp() / "any-key"
    store = FolderMediaStore(root, SignedUrls("http://127.0.0.1", b"k" * 32, SystemClock()))

    try:
        place = store._place_of(key)
    except ValueError:
        return

    assert root in place.resolve().parents
    assert "~" not in str(place.relative_to(root))

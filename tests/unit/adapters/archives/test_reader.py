"""Whatever an archive holds, each of its members is read or refused for a reason, and none of them harms anybody."""

import os
import tracemalloc
import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archives import make_7z, make_rar4, make_rar5, make_zip, make_zip_with_link
from veil.adapters.archives import seven_zip
from veil.adapters.archives.reader import SevenZipReader
from veil.domain.archives import ArchiveKind, ArchiveLimits, sniff_archive
from veil.domain.errors import AnonymizationError

FILES = [
    ("a.jpg", b"\xff\xd8\xff first"),
    ("ünï çødé.png", b"second" * 1000),
    ("empty", b""),
    ("b.mp4", os.urandom(9000)),
]


@pytest.fixture
def read(tmp_path):
    """Returns what a reader says of an archive: content or defect by place, and the names."""
    into = tmp_path / "work" / "into"
    into.mkdir(parents=True)

    def members(content, *, skip=(), **limits):
        archive = tmp_path / "upload"
        archive.write_bytes(content)
        reader = SevenZipReader(ArchiveLimits(**limits))
        found, names = {}, {}
        for member in reader.members(archive, sniff_archive(content[:256]), into=into, skip=skip):
            assert member.place not in found
            names[member.place] = member.name
            found[member.place] = member.file.read_bytes() if member.file else member.defect
        return found, names

    return members


def makers(folder):
    return [make_zip, make_rar4, make_rar5, lambda files: make_7z(files, folder)]


@pytest.mark.parametrize("kind", range(4), ids=["zip", "rar4", "rar5", "7z"])
def test_every_kind_gives_its_files_by_name_and_content(kind, read, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()

    found, names = read(makers(folder)[kind](FILES))

    assert {names[place]: content for place, content in found.items()} == dict(FILES)


@pytest.mark.parametrize(
    "name", ["../../up.jpg", "/abs.jpg", "C:\\x\\y.jpg", "-dash", "@list", "*.jpg", "n\nl", "x" * 300]
)
def test_names_are_labels_and_never_paths(name, read, tmp_path):
    found, _ = read(make_zip([(name, b"content"), ("a.jpg", b"first")]))

    assert found == {0: b"content", 1: b"first"}
    assert {each.name for each in tmp_path.rglob("*") if each.is_file()} <= {"upload", "member", "left-out"}


def test_two_files_of_one_name_are_two_files(read):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = make_zip([("a.jpg", b"first"), ("a.jpg", b"second")])

    assert read(content)[0] == {0: b"first", 1: b"second"}


def test_folders_and_links_are_named_and_stop_nothing(read):
    found, _ = read(make_zip([("d/", b""), ("d/a.jpg", b"first")]))
    assert found == {0: "it is a folder; the files in it are taken by themselves", 1: b"first"}

    assert read(make_zip_with_link("a.jpg", "/etc/passwd"))[0] == {0: "it is a link or a special file"}


def test_an_encrypted_file_stops_no_other(read, tmp_path):
    files = [("a.jpg", b"first"), ("b.jpg", b"second")]
    content = bytearray(make_zip(files, how=zipfile.ZIP_STORED))
    for place in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[place] |= 1  # the first file says that it is encrypted

    assert read(bytes(content))[0] == {0: "it is encrypted", 1: b"second"}


def test_an_archive_that_hides_its_names_is_refused(read, tmp_path):
    with pytest.raises(AnonymizationError, match="damaged or encrypted"):
        read(make_7z([("a.jpg", b"first")], tmp_path, "-psecret", "-mhe=on"))


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("damaged", range(3))
def test_a_damaged_file_stops_no_other(damaged, how, read):
    files = [(f"{number}.jpg", os.urandom(500) + bytes([number]) * 9000) for number in range(3)]
    content = bytearray(make_zip(files, how=how))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        start = archive.infolist()[damaged].header_offset + 60
    content[start : start + 40] = bytes(40)

    found, _ = read(bytes(content))

    assert found == {place: "it is damaged" if place == damaged else files[place][1] for place in range(3)}


def test_an_archive_that_is_damaged_everywhere_ends(read):
    files = [(f"{number}.jpg", os.urandom(500)) for number in range(30)]
    content = bytearray(make_zip(files, how=zipfile.ZIP_STORED))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for info in archive.infolist():
            content[info.header_offset + 100] ^= 1

    found, _ = read(bytes(content))

    assert set(found) == set(range(30))
    assert set(found.values()) == {"it is damaged", "the archive is damaged in too many places"}


def test_what_nobody_needs_any_more_is_skipped(read):
    assert read(make_zip([("a", b"1"), ("d/", b""), ("b", b"2")]), skip={0, 1})[0] == {2: b"2"}


def test_an_empty_archive_has_no_members(read):
    assert read(make_zip([]))[0] == {}


def test_an_archive_in_an_archive_is_a_member_like_any_other(read):
    inner = make_zip([("a.jpg", b"first")])

    assert read(make_zip([("inner.zip", inner)]))[0] == {0: inner}


def test_more_than_ten_thousand_entries_are_refused(read):
    with pytest.raises(AnonymizationError, match="more than 10000 files"):
        read(make_rar5((f"{number}", b"") for number in range(20_000)))


@pytest.mark.slow
def test_ten_thousand_files_take_no_more_memory_than_their_names(tmp_path):
    archive, into, size = tmp_path / "upload", tmp_path / "into", 20_000
    into.mkdir()
    archive.write_bytes(make_rar5((f"{number}.jpg", bytes(size)) for number in range(10_000)))
    tracemalloc.start()

    read = sum(member.file.stat().st_size for member in SevenZipReader().members(archive, ArchiveKind.RAR5, into=into))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == 10_000 * size
    assert peak < 20 << 20


def test_a_bomb_is_refused_before_it_is_unpacked(read):
    with pytest.raises(AnonymizationError, match="100 times larger"):
        read(make_zip([("zeros", bytes(9 << 20))]), free_bytes=1 << 20)


def test_files_that_lie_about_their_size_take_no_more_than_they_said(read):
    content = bytearray(make_zip([("a.jpg", bytes(1 << 20)), ("b.jpg", b"second")]))
    for place in (content.find(b"PK\x03\x04") + 22, content.find(b"PK\x01\x02") + 24):
        content[place : place + 4] = (10).to_bytes(4, "little")

    assert read(bytes(content))[0] == {0: "it is damaged", 1: b"second"}


def test_a_dictionary_that_takes_too_much_memory_is_not_made(read, tmp_path):
    content = make_7z([("a.jpg", os.urandom(1 << 16) * 256)], tmp_path, "-mx=1", "-m0=lzma2:d=16m")

    assert len(read(content)[0][0]) == 16 << 20
    assert read(content, memory_bytes=14 << 20)[0] == {0: "it is damaged"}


def test_a_program_that_takes_too_long_is_ended(read, tmp_path, monkeypatch):
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nwhile :; do :; done")
    endless.chmod(0o700)
    monkeypatch.setattr(seven_zip, "program", lambda: str(endless))

    with pytest.raises(AnonymizationError, match="too long"):
        read(make_zip(FILES), cpu_seconds=1)


def test_too_many_bytes_are_refused(read):
    with pytest.raises(AnonymizationError, match="more than 100 bytes"):
        read(make_zip([("a", bytes(60)), ("b", bytes(60))]), total_bytes=100)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000), flipped=st.integers(0, 2000), value=st.integers(0, 255))
def test_no_damage_whatever_gives_another_content(cut, flipped, value, read):
    files = [("a.jpg", bytes(range(256)) * 2), ("b.jpg", b"second" * 100)]
    content = bytearray(make_rar5(files))
    content[flipped % len(content)] = value
    content = bytes(content[: len(content) - cut % 200])
    if sniff_archive(content) is None:
        return

    try:
        found, _ = read(content)
    except AnonymizationError:
        return

    assert {each for each in found.values() if isinstance(each, bytes)} <= {content for _, content in files}

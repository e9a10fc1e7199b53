"""What every store of uploads in parts promises."""

from datetime import timedelta

import pytest

from veil.domain.errors import UploadRefusedError
from veil.domain.upload_parts import PART_BYTES

KEY, OTHER = "ana/7/original", "ana/77/original"
FULL = b"\xff\xd8\xff" + bytes(PART_BYTES - 3)


def test_what_was_begun_is_found_and_gone_on_with(part_uploads):
    parts, send = part_uploads.parts, part_uploads.send
    assert parts.find(KEY) is None

    etag = send(parts.begin(KEY), 2, b"end")

    for upload in (parts.begin(KEY), parts.find(KEY)):
        assert [tuple(each) for each in upload.arrived()] == [(2, 3, etag)]
    assert parts.find(OTHER) is None


def test_a_part_that_comes_again_takes_the_place_of_the_earlier_one(part_uploads):
    upload = part_uploads.parts.begin(KEY)
    first = part_uploads.send(upload, 1, b"first")

    second = part_uploads.send(upload, 1, b"second!")

    assert first != second
    assert [tuple(each) for each in upload.arrived()] == [(1, 7, second)]


def test_joined_parts_are_the_file_and_no_parts_any_more(part_uploads, tmp_path):
    upload = part_uploads.parts.begin(KEY)
    for number, content in ((2, b"end"), (1, FULL), (3, b"of an earlier try")):
        part_uploads.send(upload, number, content)

    joined = upload.join(upload.arrived()[:2])

    assert (joined.size_bytes, joined.declared_type, joined.head[:3]) == (PART_BYTES + 3, "", FULL[:3])
    assert part_uploads.media.fetch(KEY, tmp_path, version=joined.version).read_bytes() == FULL + b"end"
    assert part_uploads.parts.find(KEY) is None


def test_whoever_joins_second_finds_the_file(part_uploads):
    first, second = (part_uploads.parts.begin(KEY) for _ in range(2))
    part_uploads.send(first, 1, b"part")
    arrived = first.arrived()

    joined, again = first.join(arrived), second.join(arrived)

    assert (again.size_bytes, again.head) == (joined.size_bytes, joined.head) == (4, b"part")


@pytest.mark.parametrize("how", ["parts", "media"])
def test_discarded_parts_are_forgotten_and_cannot_be_joined(part_uploads, how):
    parts = part_uploads.parts
    upload, other = parts.begin(KEY), parts.begin(OTHER)
    part_uploads.send(upload, 1, b"all")
    part_uploads.send(other, 1, b"all")
    arrived = upload.arrived()

    parts.discard(KEY) if how == "parts" else part_uploads.media.delete("ana/7/")

    assert parts.find(KEY) is None
    assert len(parts.find(OTHER).arrived()) == 1
    with pytest.raises(UploadRefusedError, match="gone"):
        upload.join(arrived)
    assert [*upload.arrived()] == []
    assert part_uploads.media.stat(KEY) is None


def test_discarding_nothing_changes_nothing(part_uploads):
    part_uploads.parts.discard(KEY)

    assert part_uploads.parts.find(KEY) is None


def test_each_part_has_a_url_of_its_own(part_uploads):
    upload = part_uploads.parts.begin(KEY)

    assert len({upload.url(number, life=timedelta(hours=1)) for number in (1, 2, 12)}) == 3

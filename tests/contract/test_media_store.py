"""What every media store promises."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from veil.domain.media import SIGNATURE_LENGTH
from veil.ports.media import StoredMedia

KEY = "ana/7/1/anonymized.jpeg"
HOUR = timedelta(hours=1)


def test_a_file_is_fetched_as_it_was_put(media, file_of, tmp_path):
    media.put(KEY, file_of(b"pixels"), media_type="image/jpeg")

    copy = media.fetch(KEY, tmp_path)

    assert copy.parent == tmp_path
    assert copy.read_bytes() == b"pixels"


def test_what_is_put_is_a_copy(media, file_of, tmp_path):
    file = file_of(b"pixels")
    media.put(KEY, file, media_type="image/jpeg")

    file.write_bytes(b"changed")

    assert media.fetch(KEY, tmp_path).read_bytes() == b"pixels"


def test_a_stored_file_is_described_without_reading_it(media, file_of):
    media.put(KEY, file_of(b"pixels"), media_type="image/jpeg")

    assert media.stat(KEY) == StoredMedia(size_bytes=6, declared_type="image/jpeg")


@pytest.mark.parametrize("declared", ["", "image/jpeg; charset=utf-8", "text/plain"])
def test_a_declared_type_is_kept_as_it_was_sent(media, file_of, declared):
    media.put(KEY, file_of(b""), media_type=declared)

    assert media.stat(KEY) == StoredMedia(size_bytes=0, declared_type=declared)


def test_where_nothing_is_kept_nothing_is_found(media, file_of, tmp_path):
    media.put(KEY, file_of(b"pixels"), media_type="image/jpeg")

    for key in ("ana/7/original", "ana/7", "ana/7/1/anonymized.jpeg/more", "bob/7/1/anonymized.jpeg"):
        assert media.stat(key) is None
        with pytest.raises(FileNotFoundError):
            media.fetch(key, tmp_path)


def test_a_second_put_replaces_bytes_and_type_together(media, file_of, tmp_path):
    media.put(KEY, file_of(b"first"), media_type="image/jpeg")

    media.put(KEY, file_of(b"second"), media_type="image/png")

    assert media.stat(KEY) == StoredMedia(6, "image/png")
    assert media.fetch(KEY, tmp_path).read_bytes() == b"second"


def test_fetching_again_replaces_the_copy(media, file_of, tmp_path):
    media.put(KEY, file_of(b"first"), media_type="image/jpeg")
    media.fetch(KEY, tmp_path)
    media.put(KEY, file_of(b"second"), media_type="image/jpeg")

    assert media.fetch(KEY, tmp_path).read_bytes() == b"second"


def test_an_upload_is_told_as_it_landed(media, file_of):
    content = b"\xff\xd8\xff" + bytes(3_000_000)
    media.put("ana/7/original", file_of(content), media_type="image/jpeg")

    landed = media.landed_upload("ana/7/original")

    assert (landed.size_bytes, landed.declared_type) == (3_000_003, "image/jpeg")
    assert content.startswith(landed.head)
    assert len(landed.head) >= SIGNATURE_LENGTH
    assert landed.sha256 in {None, hashlib.sha256(content).hexdigest()}


def test_an_empty_upload_and_one_without_a_type_are_told_so(media, file_of):
    media.put("ana/7/original", file_of(b""), media_type="")

    landed = media.landed_upload("ana/7/original")

    assert (landed.size_bytes, landed.declared_type, landed.head) == (0, "", b"")


def test_where_nothing_landed_there_is_no_upload(media):
    assert media.landed_upload("ana/7/original") is None


def test_what_landed_stays_what_it_was_whatever_is_put_afterwards(media, file_of, tmp_path):
    media.put("ana/7/original", file_of(b"first"), media_type="image/jpeg")
    landed = media.landed_upload("ana/7/original")

    media.put("ana/7/original", file_of(b"second!"), media_type="image/png")

    assert media.fetch("ana/7/original", tmp_path, version=landed.version).read_bytes() == b"first"
    assert media.fetch("ana/7/original", tmp_path).read_bytes() == b"second!"
    assert media.landed_upload("ana/7/original").version != landed.version


@pytest.mark.parametrize("forget", ["discard", "delete"])
def test_a_version_that_was_forgotten_is_not_there_even_if_the_key_is_used_again(media, file_of, tmp_path, forget):
    media.put("ana/7/original", file_of(b"first"), media_type="")
    landed = media.landed_upload("ana/7/original")

    media.discard("ana/7/original") if forget == "discard" else media.delete("ana/7/")
    media.put("ana/7/original", file_of(b"second!"), media_type="")

    with pytest.raises(FileNotFoundError):
        media.fetch("ana/7/original", tmp_path, version=landed.version)


def test_fetching_over_another_files_copy_leaves_that_file_alone(media, file_of, tmp_path):
    media.put("ana/7/1/report.json", file_of(b"first"), media_type="")
    media.put("ana/7/2/report.json", file_of(b"second"), media_type="")

    media.fetch("ana/7/1/report.json", tmp_path)
    media.fetch("ana/7/2/report.json", tmp_path)

    assert media.fetch("ana/7/1/report.json", tmp_path).read_bytes() == b"first"


def test_deleting_forgets_everything_below_a_prefix_and_nothing_else(media, file_of):
    kept = ("ana/77/original", "bob/7/original", "ana/6/original")
    gone = ("ana/7/original", "ana/7/1/report.json", "ana/7/2/report.json")
    for key in kept + gone:
        media.put(key, file_of(b"x"), media_type="")

    media.delete("ana/7/")

    assert [media.stat(key) for key in gone] == [None] * 3
    assert None not in [media.stat(key) for key in kept]


def test_a_count_is_of_what_lies_below_a_prefix_each_key_once(media, file_of):
    for key in ("ana/7/segments/0", "ana/7/segments/1", "ana/7/segments/1", "ana/7/original", "ana/77/segments/0"):
        media.put(key, file_of(b"x"), media_type="")

    assert [media.count(each) for each in ("ana/7/segments/", "ana/7/", "ana/8/")] == [2, 3, 0]


def test_deleting_what_is_not_there_is_no_error_and_what_comes_later_is_kept(media, file_of):
    media.delete("ana/7/")
    media.delete("ana/7/")

    media.put(KEY, file_of(b"pixels"), media_type="image/jpeg")

    assert media.count("ana/7/") == 1


def test_discarding_forgets_one_file_and_nothing_else(media, file_of):
    kept = ("ana/7/1/anonymized.jpeg.more", "ana/7/original", "ana/77/1/anonymized.jpeg")
    for key in (KEY, *kept):
        media.put(key, file_of(b"x"), media_type="")

    media.discard(KEY)
    media.discard(KEY)

    assert media.stat(KEY) is None
    assert None not in [media.stat(key) for key in kept]


def test_a_key_can_be_used_again_after_it_was_deleted(media, file_of):
    media.put(KEY, file_of(b"first"), media_type="")
    media.delete("ana/7/")

    media.put(KEY, file_of(b"second!"), media_type="")

    assert media.stat(KEY) == StoredMedia(7, "")


def test_a_prefix_that_is_no_folder_is_refused(media):
    with pytest.raises(ValueError, match="slash"):
        media.delete("ana/7")


def test_urls_are_absolute_and_name_the_key(media):
    for url in (media.upload_url(KEY, life=HOUR), media.download_url(KEY, life=HOUR)):
        parts = urlsplit(url)

        assert parts.scheme
        assert parts.path.endswith(f"/{KEY}")


def test_a_url_for_reading_is_none_for_writing(media):
    assert media.upload_url(KEY, life=HOUR) != media.download_url(KEY, life=HOUR)


def test_a_url_says_how_long_it_lives(media):
    assert media.download_url(KEY, life=HOUR) != media.download_url(KEY, life=2 * HOUR)

"""One file of a task may go while the others stay."""

import pytest


def test_a_discarded_file_is_gone_and_its_neighbours_are_not(media, file_of, tmp_path):
    for key in ("ana/7/original", "ana/7/original2", "ana/7/1/anonymized.jpeg"):
        media.put(key, file_of(key.encode()), media_type="image/jpeg")

    media.discard("ana/7/original")

    assert media.stat("ana/7/original") is None
    with pytest.raises(FileNotFoundError):
        media.fetch("ana/7/original", tmp_path)
    assert media.stat("ana/7/original2") is not None
    assert media.stat("ana/7/1/anonymized.jpeg") is not None


def test_discarding_what_is_not_there_changes_nothing(media):
    media.discard("ana/7/original")

    assert media.stat("ana/7/original") is None


def test_a_key_may_be_used_again_after_its_file_was_discarded(media, file_of, tmp_path):
    media.put("ana/7/original", file_of(b"old"), media_type="")
    media.discard("ana/7/original")

    media.put("ana/7/original", file_of(b"new"), media_type="")

    assert media.fetch("ana/7/original", tmp_path).read_bytes() == b"new"

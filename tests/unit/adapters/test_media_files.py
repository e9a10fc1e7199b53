"""The service and the vision layer tell videos apart alike: what one names, the other makes."""

import pytest

from veil.adapters.media_files import is_video, result_suffixes
from veil.domain.media import sniff_media_type

HEADS = {
    "MP4": b"\0\0\0\x20ftypisom",
    "3GP": b"\0\0\0\x20ftyp3gp5",
    "QuickTime": b"\0\0\0\x14ftypqt  ",
    "old QuickTime": b"\0\0\0\x08wide\0\0\0\0mdat",
    "Matroska": b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
    "WebM": b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm",
    "AVI": b"RIFF\0\0\0\0AVI LIST",
    "transport stream": b"\x47" + bytes(187) + b"\x47",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_result_is_named_as_what_is_usually_made(head, tmp_path):
    file = tmp_path / "clip"
    file.write_bytes(head.ljust(300, b"\0"))

    assert is_video(file)
    assert sniff_media_type(head).result.suffix in result_suffixes(file, "libx264")


@pytest.mark.parametrize("head", [b"\xff\xd8\xff\xe0", b"\0\0\0\x20ftypavif", b"\0\0\0\x20ftypheic", b"text"])
def test_what_is_no_video_to_one_is_none_to_the_other(head, tmp_path):
    file = tmp_path / "clip"
    file.write_bytes(head.ljust(300, b"\0"))
    told = sniff_media_type(head)

    assert not is_video(file)
    assert told is None or not told.is_video

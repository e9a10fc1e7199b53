import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.domain.media import SIGNATURE_LENGTH, Artifact, MediaType, result_key, sniff_media_type


@pytest.mark.parametrize(
    ("head", "media_type", "result"),
    [
        (b"\0\0\0\x20ftypisom", "video/mp4", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime", "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", "video/x-matroska", "video/x-matroska"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm", "video/webm", "video/mp4"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo", "video/mp4"),
        (b"\x47" + bytes(187) + b"\x47", "video/mp2t", "video/mp4"),
    ],
)
def test_a_video_is_told_by_its_first_bytes_and_its_result_is_a_file_that_players_know(head, media_type, result):
    found = sniff_media_type(head)

    assert found == media_type
    assert found.is_video
    assert result_key("ana", 7, 1, Artifact.ANONYMIZED, found.result).endswith(MediaType(result).suffix)


@pytest.mark.parametrize("brand", [b"avif", b"heic", b"mif1"])
def test_a_picture_in_the_container_of_mp4_is_no_video(brand):
    assert sniff_media_type(b"\0\0\0\x20ftyp" + brand) is None


@given(head=st.binary(max_size=16))
def test_no_bytes_are_taken_for_an_image_that_do_not_begin_like_one(head):
    found = sniff_media_type(head)

    assert (found is MediaType.JPEG) == head.startswith(b"\xff\xd8\xff")
    assert (found is MediaType.PNG) == head.startswith(b"\x89PNG\r\n\x1a\n")
    assert sniff_media_type(head[:SIGNATURE_LENGTH]) is found


def test_masks_of_a_video_are_videos_of_a_kind_that_may_be_without_loss():
    assert result_key("ana", 7, 1, Artifact.BINARY_MASK, MediaType.MP4) == "ana/7/1/binary_mask.mkv"
    assert result_key("ana", 7, 1, Artifact.METADATA, MediaType.MP4) == "ana/7/1/metadata.json"


def test_no_two_results_of_a_task_share_a_key_and_masks_of_a_jpeg_are_png():
    keys = {(run, each): result_key("ana", 7, run, each, MediaType.JPEG) for run in (1, 2) for each in Artifact}

    assert len(set(keys.values())) == len(keys)
    assert keys[1, Artifact.ANONYMIZED] == "ana/7/1/anonymized.jpeg"
    assert keys[2, Artifact.INSTANCE_MASK] == "ana/7/2/instance_mask.png"
    assert keys[2, Artifact.REPORT] == "ana/7/2/report.json"

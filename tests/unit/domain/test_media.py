import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.domain.media import SIGNATURE_LENGTH, Artifact, MediaType, agree_on_type, result_key, sniff_media_type

JPEG_HEAD, PNG_HEAD, OTHER_HEAD = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a"


# contracts/celantur.md A.7: a missing or meaningless declaration is no error, a wrong one is.
@pytest.mark.parametrize("head", [JPEG_HEAD, PNG_HEAD, OTHER_HEAD, b""])
@pytest.mark.parametrize(
    "declared",
    [
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "image/jpeg",
        "image/png",
        "image/jpg",
        "image/pjpeg",
        "image/x-png",
        "IMAGE/JPEG",
        " image/jpeg ; charset=utf-8",
    ],
)
def test_the_bytes_decide_what_an_accepted_declaration_leaves_open(declared, head):
    expected = {JPEG_HEAD: MediaType.JPEG, PNG_HEAD: MediaType.PNG}.get(head)

    assert agree_on_type(declared, head) is expected


@pytest.mark.parametrize(
    "declared", ["text/plain", "image/gif", "image/webp", "video/mp4", "application/json", "jpeg", "image/*", ";"]
)
def test_a_declaration_of_something_else_rules_the_upload_out_whatever_the_bytes_are(declared):
    # ";" has no type in front of its parameters, so it declares nothing.
    expected = MediaType.JPEG if declared == ";" else None

    assert agree_on_type(declared, JPEG_HEAD) is expected


@given(head=st.binary(max_size=16))
def test_no_bytes_are_taken_for_an_image_that_do_not_begin_like_one(head):
    found = sniff_media_type(head)

    assert (found is MediaType.JPEG) == head.startswith(b"\xff\xd8\xff")
    assert (found is MediaType.PNG) == head.startswith(b"\x89PNG\r\n\x1a\n")
    assert sniff_media_type(head[:SIGNATURE_LENGTH]) is found


def test_no_two_results_of_a_task_share_a_key_and_masks_of_a_jpeg_are_png():
    keys = {(run, each): result_key("ana", 7, run, each, MediaType.JPEG) for run in (1, 2) for each in Artifact}

    assert len(set(keys.values())) == len(keys)
    assert keys[1, Artifact.ANONYMIZED] == "ana/7/1/anonymized.jpeg"
    assert keys[2, Artifact.INSTANCE_MASK] == "ana/7/2/instance_mask.png"
    assert keys[2, Artifact.REPORT] == "ana/7/2/report.json"

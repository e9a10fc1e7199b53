"""What of an upload can be told before anybody opens it."""

import pytest

from veil.domain.causes import FailureCause
from veil.domain.media import MediaType, Upload, UploadLimits
from veil.domain.upload_check import Refusal, agree_on_type, check_upload

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

    agreed = agree_on_type(declared, head)
    assert agreed is expected or isinstance(agreed, Refusal)
    assert (expected is None) == isinstance(agreed, Refusal)


@pytest.mark.parametrize(
    "declared", ["text/plain", "image/gif", "image/webp", "video/x-flv", "application/json", "jpeg", "image/*"]
)
def test_a_declaration_of_something_else_rules_the_upload_out_whatever_the_bytes_are(declared):
    refusal = agree_on_type(declared, JPEG_HEAD)

    assert refusal.cause is FailureCause.CONTENT_TYPE_ERROR
    assert f"declared as '{declared}'" in refusal.reason


def test_parameters_without_a_type_declare_nothing():
    assert agree_on_type(";", JPEG_HEAD) is MediaType.JPEG


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"\xff\x0a\xfa\x7f\x01\x90\x08\x06", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"II*\0\x08\0\0\0", "TIFF or raw camera"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"%PDF-1.7", "PDF"),
    ],
)
@pytest.mark.parametrize("declared", ["", "image/jpeg"])
def test_another_kind_of_picture_is_refused_by_its_name_with_what_to_do(declared, head, kind):
    refusal = agree_on_type(declared, head)

    assert refusal.cause is FailureCause.CONTENT_TYPE_ERROR
    assert refusal.sentence == f"The file is of the kind {kind}; export it as JPEG or PNG."


@pytest.mark.parametrize("head", [b"", b"hello, world", bytes(20)])
def test_what_is_declared_as_an_image_and_is_none_is_a_defect(head):
    assert agree_on_type("image/png", head).cause is FailureCause.IMAGE_DEFECT
    assert agree_on_type("", head).cause is FailureCause.CONTENT_TYPE_ERROR


def test_a_file_that_is_too_large_is_told_both_numbers():
    refusal = check_upload(Upload(12, "", JPEG_HEAD), UploadLimits(max_bytes=10, max_pixels=5))

    assert refusal == Refusal(
        FailureCause.IMAGE_TOO_LARGE, "the file has 12 bytes; the limits are 10 bytes and 5 pixels"
    )

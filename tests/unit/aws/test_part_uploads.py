"""Uploads in parts in S3: who else is at work there, and what S3 says then."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from veil.adapters.aws.part_uploads import S3PartUploads
from veil.domain.errors import UploadRefusedError
from veil.domain.upload_parts import ArrivedPart

KEY = "ana/7/original"
# What S3 answers to whoever completes an upload that was joined or aborted; moto falls over it.
GONE = {"Error": {"Code": "NoSuchUpload", "Message": "The specified upload does not exist."}}
PARTS = [ArrivedPart(1, 5, "etag")]


@pytest.fixture
def parts(clients, bucket, media):
    return S3PartUploads(clients, bucket, media)


def test_two_that_begin_at_once_go_on_with_one_upload(parts, clients, bucket):
    for _ in range(2):
        clients.s3.create_multipart_upload(Bucket=bucket, Key=KEY)

    assert parts.begin(KEY).upload_id == parts.begin(KEY).upload_id == parts.find(KEY).upload_id


def test_the_url_of_a_part_asks_for_no_header_at_all(parts):
    url = urlsplit(parts.begin(KEY).url(3, life=timedelta(hours=1)))
    query = parse_qs(url.query)

    assert (url.path, query["partNumber"], query["X-Amz-Expires"]) == (f"/{KEY}", ["3"], ["3600"])
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert not [name for name in query if "checksum" in name.lower()]


def test_whoever_joins_second_finds_the_file(parts, clients, bucket, answer_instead):
    upload = parts.begin(KEY)
    clients.s3.put_object(Bucket=bucket, Key=KEY, Body=b"joined")
    answer_instead(clients.s3, "CompleteMultipartUpload", GONE, times=1)

    assert upload.join(PARTS).size_bytes == 6


def test_parts_that_somebody_aborted_are_gone(parts, clients, answer_instead):
    upload = parts.begin(KEY)
    answer_instead(clients.s3, "CompleteMultipartUpload", GONE, times=1)

    with pytest.raises(UploadRefusedError, match="gone"):
        upload.join(PARTS)


def test_of_an_upload_that_was_aborted_in_between_nothing_has_arrived(parts):
    upload = parts.begin(KEY)
    parts.discard(KEY)

    assert upload.arrived() == ()

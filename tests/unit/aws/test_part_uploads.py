"""Uploads in parts in S3: who else is at work there, and what S3 says then."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from veil.adapters.aws.part_uploads import S3PartUploads

KEY = "ana/7/original"


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

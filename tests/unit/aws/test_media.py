"""Media in S3: what URLs are like, what is read, and that deleting is complete.

moto takes any signature, type and expiry (field notes, section 3): that URLs are refused when they should
be is shown where S3 is emulated with care.
"""

import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from veil.adapters.aws.media import DeletionError, S3MediaStore
from veil.domain.media import SIGNATURE_LENGTH, Upload
from veil.ports import StoredMedia

KEY = "ana/7/original"
REFUSED = {"Errors": [{"Key": KEY, "Code": "AccessDenied"}]}


@pytest.fixture
def put(clients, bucket):
    """Uploads bytes as a client with a URL would, with any headers."""

    def upload(content, key=KEY, **headers):
        clients.s3.put_object(Bucket=bucket, Key=key, Body=content, **headers)

    return upload


@pytest.mark.parametrize("kind", ["upload_url", "download_url"])
def test_a_url_is_signed_by_sigv4_and_names_the_regions_own_host(media, kind):
    url = urlsplit(getattr(media, kind)(KEY, life=timedelta(hours=1)))
    query = {name: value for name, (value,) in parse_qs(url.query).items()}

    assert (url.scheme, url.netloc) == ("https", "veil-media.s3.eu-central-1.amazonaws.com")
    assert url.path == f"/{KEY}"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Expires"] == "3600"


def test_a_url_for_uploading_asks_the_client_for_no_header_at_all(media):
    query = parse_qs(urlsplit(media.upload_url(KEY, life=timedelta(hours=1))).query)

    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert not [name for name in query if "checksum" in name.lower() or "encryption" in name.lower()]


def test_a_file_can_be_judged_by_its_beginning(media, put):
    put(b"\xff\xd8\xff" + bytes(10_000))

    assert media.head(KEY, 5) == b"\xff\xd8\xff\x00\x00"
    assert len(media.head(KEY, 20_000)) == 10_003


def test_an_empty_file_has_an_empty_beginning(media, put):
    put(b"")

    assert media.head(KEY, 5) == b""


def test_what_is_not_there_has_no_beginning(media):
    with pytest.raises(FileNotFoundError):
        media.head(KEY, 5)


def test_an_upload_is_told_by_what_landed(media, put):
    content = b"\xff\xd8\xff" + bytes(3_000_000)
    put(content, ContentType="image/jpeg")

    landed = media.landed_upload(KEY)

    assert landed == Upload(
        size_bytes=3_000_003,
        declared_type="image/jpeg",
        head=content[:SIGNATURE_LENGTH],
        sha256=hashlib.sha256(content).hexdigest(),
    )


def test_an_upload_that_declared_no_type_is_told_so(media, put):
    put(b"GIF")

    assert media.landed_upload(KEY).declared_type == ""
    assert media.stat(KEY) == StoredMedia(3, "")


def test_no_upload_is_no_upload(media):
    assert media.landed_upload(KEY) is None


def test_a_second_put_replaces_the_first(media, put):
    put(b"first", ContentType="image/jpeg")
    put(b"second!", ContentType="image/png")

    assert media.stat(KEY) == StoredMedia(7, "image/png")


def test_a_large_file_comes_back_as_it_was(media, tmp_path):
    file = tmp_path / "large"
    file.write_bytes(bytes(range(256)) * 40_000)
    media.put(KEY, file, media_type="image/png")

    copy = media.fetch(KEY, tmp_path)

    assert copy.read_bytes() == file.read_bytes()
    assert media.stat(KEY) == StoredMedia(10_240_000, "image/png")


def test_a_file_that_is_not_there_leaves_nothing_behind(media, tmp_path):
    with pytest.raises(FileNotFoundError):
        media.fetch(KEY, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_deleting_goes_on_beyond_the_first_thousand(media, put, clients, bucket):
    for number in range(1003):
        put(b"", f"ana/7/{number}")

    media.delete("ana/7/")

    assert clients.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_deleting_leaves_no_earlier_version_and_no_marker(media, put, clients, bucket):
    clients.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put(b"first")
    put(b"second")
    clients.s3.delete_object(Bucket=bucket, Key=KEY)

    media.delete("ana/7/")

    versions = clients.s3.list_object_versions(Bucket=bucket)
    assert "Versions" not in versions
    assert "DeleteMarkers" not in versions


def test_discarding_one_file_keeps_those_whose_names_begin_like_it(media, put):
    put(b"x", "ana/7/1/report.json")
    put(b"x", "ana/7/1/report.json.old")

    media.discard("ana/7/1/report.json")

    assert media.stat("ana/7/1/report.json") is None
    assert media.stat("ana/7/1/report.json.old") is not None


def test_a_deletion_that_s3_refuses_is_an_error(media, put, clients, answer_instead):
    put(b"x")
    answer_instead(clients.s3, "DeleteObjects", REFUSED, times=1)

    with pytest.raises(DeletionError, match="AccessDenied"):
        media.delete("ana/7/")


def test_an_outage_is_not_mistaken_for_a_missing_file(clients, bucket, tmp_path):
    elsewhere = S3MediaStore(clients, "no-such-bucket")

    with pytest.raises(clients.s3.exceptions.ClientError):
        elsewhere.head(KEY, 5)

"""Media in S3: what URLs are like, what is read, and that deleting is complete.

moto takes any signature, type and expiry (field notes, section 3): that URLs are refused when they should
be is shown where S3 is emulated with care.
"""

from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from veil.adapters.aws.media import DeletionError, S3MediaStore
from veil.domain.image_size import HEADER_LENGTH
from veil.domain.media import Upload
from veil.ports.media import StoredMedia

KEY = "ana/7/original"
REFUSED = {"Errors": [{"Key": KEY, "Code": "AccessDenied"}]}


@pytest.fixture
def put(clients, bucket):
    """Uploads bytes as a client with a URL would, with any headers."""

    def upload(content, key=KEY, **headers):
        clients.s3.put_object(Bucket=bucket, Key=key, Body=content, **headers)

    return upload


@contextmanager
def asked(client, operation):
    """Lists the requests of one kind as long as a `with` lasts."""
    sent = []

    def note(params, **_):
        sent.append(params)

    client.meta.events.register(f"before-call.*.{operation}", note)
    try:
        yield sent
    finally:
        client.meta.events.unregister(f"before-call.*.{operation}", note)


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


def test_an_upload_is_told_by_its_header_and_by_the_version_that_was_put(media, put, clients, bucket):
    content = b"\xff\xd8\xff" + bytes(3_000_000)
    put(content, ContentType="image/jpeg")

    landed = media.landed_upload(KEY)

    version = clients.s3.head_object(Bucket=bucket, Key=KEY)["VersionId"]
    head = content[:HEADER_LENGTH]
    assert landed == Upload(3_000_003, "image/jpeg", head, sha256=None, version=version)


@pytest.mark.parametrize("content", [b"", b"GIF", bytes(HEADER_LENGTH), bytes(HEADER_LENGTH + 1)])
def test_an_upload_of_any_length_is_told_in_one_request_of_a_range(media, put, clients, content):
    put(content)

    with asked(clients.s3, "GetObject") as sent:
        landed = media.landed_upload(KEY)

    assert (landed.size_bytes, landed.declared_type) == (len(content), "")
    assert landed.head == content[:HEADER_LENGTH]
    assert [each["headers"]["Range"] for each in sent] == [f"bytes=0-{HEADER_LENGTH - 1}"]


def test_a_video_that_describes_itself_at_its_end_is_told_by_what_stands_there(media, put, clients):
    pictures, index = HEADER_LENGTH * 2, (24).to_bytes(4) + b"moov" + bytes(16)
    content = (16).to_bytes(4) + b"ftypisom\0\0\0\0" + (pictures + 8).to_bytes(4) + b"mdat" + bytes(pictures) + index
    put(content)

    with asked(clients.s3, "GetObject") as sent:
        landed = media.landed_upload(KEY)

    assert landed.index == index
    assert [each["headers"]["Range"] for each in sent][1:] == [
        f"bytes={len(content) - 24}-{len(content) - 9}",
        f"bytes={len(content) - 24}-{len(content) - 1}",
    ]


def test_of_an_upload_that_is_put_again_the_newest_is_told_and_the_first_can_be_had(media, put, tmp_path):
    put(b"first")
    first = media.landed_upload(KEY)
    put(b"second!")
    second = media.landed_upload(KEY)

    assert (second.size_bytes, second.head) == (7, b"second!")
    assert media.fetch(KEY, tmp_path, version=first.version).read_bytes() == b"first"


def test_a_version_can_be_discarded_and_the_one_before_it_is_the_newest_again(media, put):
    put(b"first")
    first = media.landed_upload(KEY)
    put(b"second!")

    media.discard_version(KEY, media.landed_upload(KEY).version)

    assert media.landed_upload(KEY) == first


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


def test_deleting_goes_on_beyond_the_first_thousand(media, clients, bucket):
    inside = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for number in range(1003):  # a thousand requests would take seconds
        inside.put_object(bucket, f"ana/7/{number}", b"")

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
        elsewhere.landed_upload(KEY)

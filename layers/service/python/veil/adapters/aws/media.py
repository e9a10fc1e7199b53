"""Media files in S3."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.unfinished_uploads import abort_uploads
from veil.adapters.aws.url_signer import UrlSigner
from veil.domain.errors import VeilError
from veil.domain.image_size import HEADER_LENGTH
from veil.domain.media import Artifact, MediaType, Upload, sniff_media_type
from veil.domain.video_size import read_index
from veil.ports.media import StoredMedia

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

# What S3 notes where an upload declared nothing.
_UNDECLARED = "binary/octet-stream"
_DELETED_AT_ONCE = 1000
_MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "404"})
_EMPTY = "InvalidRange"


class DeletionError(VeilError):
    """S3 kept some of the files that should be gone; deleting again may help."""


class S3MediaStore:
    """Files as objects of one private bucket, encrypted as the bucket says.

    An upload URL takes any number of PUTs until it expires, because S3 makes one the only one just for
    clients that ask for it (`If-None-Match: *`). In a versioned bucket each is a version of its own, so
    what was accepted stays what it was. The URL fixes neither type nor size: both are checked when the
    file has landed.
    """

    def __init__(self, clients: AwsClients, bucket: str, signer: UrlSigner | None = None) -> None:
        """Keep files in the bucket. Without a signer, URLs are signed by the process's own credentials."""
        self._clients = clients
        self._bucket = bucket
        self._signer = signer

    def upload_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that takes PUTs under `key`, of any type, until it expires."""
        return self.presigned("put_object", key, life)

    def download_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that answers GET with the file until it expires."""
        return self.presigned("get_object", key, life)

    def presigned(self, operation: str, key: str, life: timedelta, **further: str | int) -> str:
        """Return an absolute URL for one operation on the key, in the SDK's words, until it expires."""
        client = self._clients.s3_of(self._signer) if self._signer else self._clients.s3
        asked = {"Bucket": self._bucket, "Key": key, **further}
        return client.generate_presigned_url(operation, Params=asked, ExpiresIn=int(life.total_seconds()))

    def fetch(self, key: str, into: Path, *, version: str | None = None) -> Path:
        """Return a local copy of the file inside the folder `into`: the newest, or the version that is named.

        Raises:
            FileNotFoundError: Nothing is kept under the key, or not this version.
        """
        client = self._clients.s3
        copy = into / key.rpartition("/")[2]
        draft = into / uuid4().hex
        try:
            client.download_file(self._bucket, key, str(draft), ExtraArgs={"VersionId": version} if version else None)
        except client.exceptions.ClientError as error:
            if is_missing(error):
                raise FileNotFoundError(key) from error
            raise
        return draft.replace(copy)

    def put(self, key: str, file: Path, *, media_type: str) -> None:
        """Keep a copy of the file under the key, replacing any earlier one."""
        declared = {"ContentType": media_type} if media_type else {}
        self._clients.s3.upload_file(str(file), self._bucket, key, ExtraArgs=declared)

    def stat(self, key: str) -> StoredMedia | None:
        """Return what is known of the file, or None when nothing is kept under the key."""
        client = self._clients.s3
        try:
            found = client.head_object(Bucket=self._bucket, Key=key)
        except client.exceptions.ClientError as error:
            if is_missing(error):
                return None
            raise
        return StoredMedia(found["ContentLength"], _declared(found["ContentType"]))

    def landed_upload(self, key: str) -> Upload | None:
        """Return what lies under the key as the upload it was, or None when nothing does.

        Reads its header in one request, so that size, type, head and version are those of one PUT. An MP4 may describe
        itself at its end: that is read apart, and tells no more than how long it is.
        """
        client = self._clients.s3
        try:
            found = client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes=0-{HEADER_LENGTH - 1}")
        except client.exceptions.ClientError as error:
            if _code(error) == _EMPTY:
                return self._empty_upload(key)
            if is_missing(error):
                return None
            raise
        size_bytes = int(found["ContentRange"].rpartition("/")[2])
        head, version = found["Body"].read(), found.get("VersionId")
        index = self._index(key, size_bytes, head)
        return Upload(size_bytes, _declared(found["ContentType"]), head, version=version, index=index)

    def _index(self, key: str, size_bytes: int, head: bytes) -> bytes:
        """Return where an MP4 describes itself, empty for all other files."""
        if sniff_media_type(head) not in {MediaType.MP4, MediaType.QUICKTIME}:
            return b""

        def read(place: int, length: int) -> bytes:
            if place + length <= len(head):
                return head[place : place + length]
            return self._range(key, place, length)

        return read_index(size_bytes, read)

    def _range(self, key: str, place: int, length: int) -> bytes:
        """Return a part of the newest file, empty where it was replaced by one that ends before."""
        client = self._clients.s3
        try:
            found = client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={place}-{place + length - 1}")
        except client.exceptions.ClientError as error:
            if _code(error) in _MISSING | {_EMPTY}:
                return b""
            raise
        return found["Body"].read()

    def _empty_upload(self, key: str) -> Upload | None:
        """Return the upload of no byte: S3 has no range for those."""
        stored = self.stat(key)
        return Upload(0, stored.declared_type, b"") if stored else None

    def discard_version(self, key: str, version: str) -> None:
        """Forget one version of the file; what was put before it is the newest again."""
        self._delete([(key, version)])

    def discard(self, key: str) -> None:
        """Forget the file under the key, if there is one, in every version."""
        self._delete_listed(key, lambda listed: listed == key)

    def count(self, prefix: str) -> int:
        """Return how many files have a key that starts with the prefix, which ends with a slash."""
        pages = self._clients.s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return sum(page["KeyCount"] for page in pages)

    def delete(self, prefix: str) -> None:
        """Forget every file whose key starts with the prefix, which ends with a slash, in every version.

        The parts of a task's upload go first, so that nobody joins them afterwards.

        Raises:
            DeletionError: Some are still there.
        """
        if not prefix.endswith("/"):
            raise ValueError(f"A prefix ends with a slash: {prefix!r}")
        abort_uploads(self._clients, self._bucket, f"{prefix}{Artifact.ORIGINAL}")
        self._delete_listed(prefix, lambda listed: listed.startswith(prefix))

    def _delete_listed(self, prefix: str, is_doomed: Callable[[str], bool]) -> None:
        # A bucket without versioning lists its objects as versions named "null".
        pages = self._clients.s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        listed = (each for page in pages for each in chain(page.get("Versions", ()), page.get("DeleteMarkers", ())))
        doomed = [(each["Key"], each["VersionId"]) for each in listed if is_doomed(each["Key"])]
        for start in range(0, len(doomed), _DELETED_AT_ONCE):
            self._delete(doomed[start : start + _DELETED_AT_ONCE])

    def _delete(self, versions: Sequence[tuple[str, str]]) -> None:
        objects: Sequence[ObjectIdentifierTypeDef] = [{"Key": key, "VersionId": version} for key, version in versions]
        answer = self._clients.s3.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
        if errors := answer.get("Errors"):
            raise DeletionError(f"S3 kept {len(errors)} files: {errors[0].get('Code')}.")


def _declared(content_type: str) -> str:
    return "" if content_type == _UNDECLARED else content_type


def is_missing(error: Any) -> bool:
    """Say whether an error that S3 answered is that nothing is kept there."""
    return _code(error) in _MISSING


def _code(error: Any) -> str:
    """Return the code of an error that S3 answered; HEAD has no body, so there it is the bare status."""
    return str(error.response.get("Error", {}).get("Code"))

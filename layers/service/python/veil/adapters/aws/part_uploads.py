"""Uploads in parts as S3's own multipart uploads: what is begun, has arrived and is joined, S3 alone remembers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.media import S3MediaStore, is_missing
from veil.adapters.aws.unfinished_uploads import abort_uploads, unfinished_uploads
from veil.domain.errors import UploadRefusedError
from veil.domain.media import Upload
from veil.domain.upload_parts import ArrivedPart

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CompletedPartTypeDef


@dataclass(frozen=True, slots=True)
class S3Upload:
    """One multipart upload."""

    clients: AwsClients
    bucket: str
    media: S3MediaStore
    key: str
    upload_id: str

    def url(self, number: int, *, life: timedelta) -> str:
        """Return an absolute URL that takes PUTs of this part until it expires; the newest counts."""
        return self.media.presigned("upload_part", self.key, life, UploadId=self.upload_id, PartNumber=number)

    def arrived(self) -> Sequence[ArrivedPart]:
        """Return the parts that have arrived, by their numbers."""
        client = self.clients.s3
        pages = client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=self.key, UploadId=self.upload_id)
        try:
            listed = [each for page in pages for each in page.get("Parts", ())]
        except client.exceptions.ClientError as error:
            if is_missing(error):
                return ()  # it was joined or aborted in this very moment
            raise
        return [ArrivedPart(each["PartNumber"], each["Size"], each["ETag"].strip('"')) for each in listed]

    def join(self, parts: Sequence[ArrivedPart]) -> Upload:
        """Keep these parts, one behind the other, as the file, and forget all parts.

        Raises:
            UploadRefusedError: The parts are gone, and nobody joined them.
        """
        client = self.clients.s3
        named: list[CompletedPartTypeDef] = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        try:
            client.complete_multipart_upload(
                Bucket=self.bucket, Key=self.key, UploadId=self.upload_id, MultipartUpload={"Parts": named}
            )
        except client.exceptions.ClientError as error:
            if not is_missing(error):
                raise
        landed = self.media.landed_upload(self.key)
        if landed is None:
            raise UploadRefusedError("The parts of this upload are gone.")
        return landed


class S3PartUploads:
    """Uploads in parts to the media bucket.

    Two requests at once may each begin one for a key: both then go on with the older, and the bucket's rule ends the
    other.
    """

    def __init__(self, clients: AwsClients, bucket: str, media: S3MediaStore) -> None:
        self._clients = clients
        self._bucket = bucket
        self._media = media

    def begin(self, key: str) -> S3Upload:
        """Return the upload that was begun, or begin one."""
        found = self.find(key)
        if found is not None:
            return found
        begun = self._clients.s3.create_multipart_upload(Bucket=self._bucket, Key=key)
        return self.find(key) or self._upload(key, begun["UploadId"])

    def find(self, key: str) -> S3Upload | None:
        """Return the upload that was begun and neither joined nor aborted, or None."""
        uploads = unfinished_uploads(self._clients, self._bucket, key)
        return next((self._upload(key, each["UploadId"]) for each in uploads if each["Key"] == key), None)

    def discard(self, key: str) -> None:
        """Forget all parts, if there are any."""
        abort_uploads(self._clients, self._bucket, key)

    def _upload(self, key: str, upload_id: str) -> S3Upload:
        return S3Upload(self._clients, self._bucket, self._media, key, upload_id)

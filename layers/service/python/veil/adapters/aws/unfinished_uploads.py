"""S3's uploads in parts that were neither joined nor aborted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import MultipartUploadTypeDef

    from veil.adapters.aws.clients import AwsClients


def unfinished_uploads(clients: "AwsClients", bucket: str, prefix: str) -> Sequence["MultipartUploadTypeDef"]:
    """Return the uploads to keys that start with the prefix, in the order in which they were begun."""
    pages = clients.s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    found = [each for page in pages for each in page.get("Uploads", ())]
    return sorted(found, key=lambda each: (each["Initiated"], each["UploadId"]))


def abort_uploads(clients: "AwsClients", bucket: str, prefix: str) -> None:
    """Forget the parts of all uploads to keys that start with the prefix; one that was just joined stays."""
    for each in unfinished_uploads(clients, bucket, prefix):
        try:
            clients.s3.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])
        except clients.s3.exceptions.NoSuchUpload:
            continue

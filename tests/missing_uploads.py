"""S3 says of an upload in parts that it does not exist; moto falls over it wherever it takes parts or joins them."""

from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import MultipartDict


def answer_as_s3_does():
    """Let every bucket of moto's answer so, from now on."""
    MultipartDict.__missing__ = _missing


def _missing(uploads, upload_id):
    raise NoSuchUpload(upload_id=upload_id)

"""An upload whose body has arrived whole: as a Lambda function gets it, bounded by what API Gateway takes."""

import base64
import binascii
import hashlib
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from veil.domain.image_size import HEADER_LENGTH
from veil.domain.media import Upload
from veil.domain.task import Task
from veil.http.errors import UPLOAD_FAILED, HttpError, refused_body, too_large
from veil.http.file_upload import FileUpload
from veil.http.files_backend import FilesBackend
from veil.use_cases.submit_file import UnsupportedFileError, submit_file


def body_bytes(event: BaseProxyEvent) -> bytes:
    """Return the body of a request as it was sent.

    Raises:
        HttpError: It says that it is base64, and is not.
    """
    if not event.is_base64_encoded:
        return (event.body or "").encode()
    try:
        return base64.b64decode(event.body or "", validate=True)
    except binascii.Error as error:
        raise refused_body(UPLOAD_FAILED, "It is not valid base64.") from error


def take_whole_upload(announced: FileUpload, body: bytes, backend: FilesBackend) -> Task:
    """Find the file in the body, and queue a task for it.

    Raises:
        HttpError: It is too large, or no file that can be anonymized.
    """
    if len(body) > backend.body_limit_bytes:
        raise too_large(backend.body_limit_bytes)
    content = BytesIO()
    reader = announced.reader(content.write)
    reader.write(body)
    reader.end()
    return _submit(announced, content.getvalue(), reader.name, reader.content_type, backend)


def _submit(announced: FileUpload, content: bytes, name: str | None, declared_type: str, backend: FilesBackend) -> Task:
    sha256 = hashlib.sha256(content).hexdigest()
    upload = Upload(len(content), declared_type, content[:HEADER_LENGTH], sha256)

    def keep(key: str) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "upload"
            file.write_bytes(content)
            backend.media.put(key, file, media_type=declared_type)

    try:
        return submit_file(
            announced.request(name),
            upload,
            keep,
            tasks=backend.tasks,
            media=backend.media,
            queue=backend.queue,
            clock=backend.clock,
            available=backend.rules.available,
        )
    except UnsupportedFileError as error:
        raise HttpError(415, f"{UPLOAD_FAILED} {error}") from error

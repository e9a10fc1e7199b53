"""`POST /v1/file` where the body arrives whole: as a Lambda function gets it, bounded by what API Gateway takes."""

import hashlib
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from veil.contracts.celantur_v1.operations import UPLOAD_FILE
from veil.domain.image_size import HEADER_LENGTH
from veil.domain.media import Upload
from veil.domain.task import Task
from veil.http.errors import too_large
from veil.http.file_upload import Announce, FileUpload
from veil.http.files_backend import FilesBackend
from veil.http.request import Request
from veil.http.response import Response
from veil.http.routing import Route

V1_BODY_LIMIT_BYTES = 4_450_000
"""The vendor's cloud takes no larger request (contracts/celantur.md B.1)."""


def buffered_upload_route(backend: FilesBackend, announced: Announce) -> Route:
    """Return POST /v1/file, answered at once.

    Args:
        backend: What the route works with.
        announced: Returns the upload that a request announces.
    """

    def upload(request: Request) -> Response:
        wanted = announced(request.owner, request.headers, request.query)
        return wanted.respond(_taken(wanted, request.body, backend))

    return Route("POST", "/v1/file", upload, UPLOAD_FILE)


def _taken(announced: FileUpload, body: bytes, backend: FilesBackend) -> Task:
    """Find the file in the body, and queue a task for it."""
    if len(body) > V1_BODY_LIMIT_BYTES:
        raise too_large(V1_BODY_LIMIT_BYTES)
    found = BytesIO()
    reader = announced.new_reader(found.write)
    reader.write(body)
    reader.end()
    content = found.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    upload = Upload(len(content), reader.content_type, content[:HEADER_LENGTH], sha256)

    def keep(key: str) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "upload"
            file.write_bytes(content)
            backend.media.put(key, file, media_type=reader.content_type)

    return backend.submit(announced.request(reader.name), upload, keep)

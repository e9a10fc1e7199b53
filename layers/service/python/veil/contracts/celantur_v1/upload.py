"""A raw upload: the body is the file (contracts/celantur.md B.1)."""

from collections.abc import Mapping, Sequence
from functools import partial

from veil.contracts.celantur_v1.bodies import file_body
from veil.contracts.celantur_v1.parameters import NAME, V1
from veil.domain.origin import Api, Origin, file_name
from veil.domain.task import Task
from veil.http.errors import UPLOAD_FAILED, HttpError, refused_body
from veil.http.file_upload import FileUpload, Sink, UploadRules, is_form, read_upload
from veil.http.parameter_table import WEBHOOK
from veil.http.response import Response, json_response
from veil.use_cases.submit_file import FileRequest

# What `curl --data-binary` says of any body.
_CURLS_OWN = "application/x-www-form-urlencoded"


def announced_file(
    owner: str, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], *, rules: UploadRules
) -> FileUpload:
    """Return the raw upload that a request announces.

    Args:
        owner: Who sends it.
        headers: Of the request, with names in lower case.
        query: The values of each key, decoded.
        rules: What it must keep to.

    Raises:
        HttpError: It asks for something that cannot be.
    """
    content_type = headers.get("content-type", "")
    if is_form(content_type):
        raise HttpError(415, f"{UPLOAD_FAILED} Forms are for a node. Please send the image itself as the body.")
    asked = read_upload(query, V1, rules)
    origin = Origin(api=Api.V1, name=file_name(asked.values.get(NAME, "")))
    return FileUpload(
        wanted=FileRequest(owner=owner, policy=asked.policy, webhook=asked.values.get(WEBHOOK), origin=origin),
        waits=False,
        new_reader=partial(RawFile, content_type),
        respond=_respond,
    )


def _respond(task: Task) -> Response:
    return json_response(200, file_body(task))


class RawFile:
    """A body that is the file."""

    def __init__(self, content_type: str, sink: Sink) -> None:
        self.name: str | None = None
        self.content_type = "" if content_type.startswith(_CURLS_OWN) else content_type
        self._sink = sink
        self._is_empty = True

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        self._is_empty = self._is_empty and not chunk
        self._sink(chunk)

    def end(self) -> None:
        """Know that the body is complete.

        Raises:
            HttpError: It is empty.
        """
        if self._is_empty:
            raise refused_body(UPLOAD_FAILED, "Please send the bytes of an image.")

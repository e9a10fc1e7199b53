"""`POST /v1/file` without a transport: what is asked for, what came, and what is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from veil.domain.errors import ClassUnavailableError, RequestError
from veil.domain.file_id import file_id_of
from veil.domain.origin import Api
from veil.domain.policy import ObjectClass
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.http.errors import UPLOAD_FAILED, HttpError, deleted_file, refused_value
from veil.http.file_bodies import container_task, file_body
from veil.http.file_dialects import CONTAINER, HEADER_NAME, HEADER_VALUE, V1, Dialect
from veil.http.file_parameters import FileParameters, read_file_parameters
from veil.http.json_body import canonical
from veil.http.parameter_table import WEBHOOK
from veil.http.received_file import FileReader, Sink, file_reader, is_form
from veil.http.response import Response, json_response
from veil.use_cases.submit_file import FileRequest

_NO = frozenset({"", "0", "false", "no", "off"})
_AS_HEADERS = frozenset({HEADER_NAME, HEADER_VALUE})


@dataclass(frozen=True, slots=True)
class UploadRules:
    """What an upload must keep to.

    Attributes:
        available: The classes that an installed model finds.
        check_webhook: Raises a RequestError for an address that will not be called.
        takes_forms: Whether the container's way to upload is served, too.
    """

    available: frozenset[ObjectClass]
    check_webhook: Callable[[str], None]
    takes_forms: bool = True


@dataclass(frozen=True, slots=True)
class FileUpload:
    """An upload of which everything but the body is known and found to be in order.

    Attributes:
        waits: Whether the caller wants no answer before the work has ended.
    """

    owner: str
    parameters: FileParameters
    waits: bool
    content_type: str

    def reader(self, sink: Sink) -> FileReader:
        """Return what finds the file in the body and gives its bytes to the sink.

        Raises:
            HttpError: The body's type cannot be read.
        """
        return file_reader(self.content_type, sink)

    def request(self, name: str | None) -> FileRequest:
        """Return what is wanted, of a file with this name unless the query gave another."""
        origin = self.parameters.origin
        return FileRequest(
            owner=self.owner,
            policy=self.parameters.policy,
            webhook=self.parameters.webhook,
            origin=replace(origin, name=origin.name or name),
        )


def announced_upload(
    owner: str, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], rules: UploadRules
) -> FileUpload:
    """Return the upload that a request announces: raw in the cloud's words, a form in the container's.

    Args:
        owner: Who sends it.
        headers: Of the request, with names in lower case.
        query: The values of each key, decoded.
        rules: What it must keep to.

    Raises:
        HttpError: It asks for something that cannot be.
    """
    content_type = headers.get("content-type", "")
    dialect = _dialect_of(content_type, rules)
    parameters = read_file_parameters(_with_headers(query, headers, dialect), dialect, available=rules.available)
    _check(parameters, rules)
    waits = dialect.api is Api.CONTAINER and headers.get("x-is-async", "").strip().lower() in _NO
    return FileUpload(owner, parameters, waits, content_type)


def upload_response(task: Task, *, waited: bool, api_url: str) -> Response:
    """Return the answer to an upload that was taken.

    Raises:
        HttpError: The caller waited for a result and there is none.
    """
    if task.origin.api is Api.V1:
        return json_response(200, file_body(task))
    if waited:
        _require_result(task)
    return json_response(200, container_task(task, api_url))


def _dialect_of(content_type: str, rules: UploadRules) -> Dialect:
    if not is_form(content_type):
        return V1
    if not rules.takes_forms:
        raise HttpError(415, f"{UPLOAD_FAILED} Forms are for a node. Please send the image itself as the body.")
    return CONTAINER


def _with_headers(
    query: Mapping[str, Sequence[str]], headers: Mapping[str, str], dialect: Dialect
) -> Mapping[str, Sequence[str]]:
    """Return the query with those parameters that may come as headers; the contract does not say which they are."""
    named = {canonical(key) for key in query}
    extra = {key: [text] for key, text in headers.items() if canonical(key) in _AS_HEADERS - named}
    return {**query, **extra} if dialect is CONTAINER else query


def _check(parameters: FileParameters, rules: UploadRules) -> None:
    try:
        parameters.policy.require_classes(rules.available)
    except ClassUnavailableError as error:
        spelled = parameters.spelled.get(error.field, error.field)
        raise refused_value(UPLOAD_FAILED, spelled, str(error)) from error
    if parameters.webhook is None:
        return
    try:
        rules.check_webhook(parameters.webhook)
    except RequestError as error:
        raise refused_value(UPLOAD_FAILED, parameters.spelled[WEBHOOK], str(error)) from error


def _require_result(task: Task) -> None:
    file_id = file_id_of(task.task_id)
    if task.status in UNFINISHED:
        text = f"File {file_id} is still {task.status}. It is worked on: ask GET /v1/task/{file_id} for its end."
        raise HttpError(504, text)
    if task.status is TaskStatus.FAILED:
        raise HttpError(422, f"File {file_id} could not be anonymized: {task.failure}.")
    if task.status is not TaskStatus.DONE:
        raise deleted_file(file_id)

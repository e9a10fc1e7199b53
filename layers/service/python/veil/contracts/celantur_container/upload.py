"""An upload by a form, whose sender may wait for the result (contracts/celantur.md C.2)."""

from collections.abc import Mapping, Sequence
from functools import partial

from veil.contracts.celantur_container.bodies import container_task
from veil.contracts.celantur_container.multipart_upload import FormFile
from veil.contracts.celantur_container.parameters import CONTAINER, CONTAINER_PARAMETERS, webhook_header, with_headers
from veil.domain.origin import Api, Origin
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.http.errors import HttpError, deleted_file
from veil.http.file_id import file_id_of
from veil.http.file_upload import FileUpload, UploadRules, read_upload
from veil.http.parameter_table import WEBHOOK
from veil.http.response import Response, json_response
from veil.use_cases.submit_file import FileRequest

_NAMES = frozenset(each.name for each in CONTAINER_PARAMETERS)
_NO = frozenset({"", "0", "false", "no", "off"})


def announced_form(
    owner: str,
    headers: Mapping[str, str],
    query: Mapping[str, Sequence[str]],
    *,
    rules: UploadRules,
    api_url: str,
) -> FileUpload:
    """Return the upload that a request with a form announces.

    Args:
        owner: Who sends it.
        headers: Of the request, with names in lower case.
        query: The values of each key, decoded.
        rules: What it must keep to.
        api_url: Where clients reach the service, without a slash at its end.

    Raises:
        HttpError: It asks for something that cannot be.
    """
    asked = read_upload(with_headers(query, headers), CONTAINER, rules)
    origin = Origin(api=Api.CONTAINER, webhook_header=webhook_header(asked.values))
    waits = headers.get("x-is-async", "").strip().lower() in _NO
    return FileUpload(
        wanted=FileRequest(owner=owner, policy=asked.policy, webhook=asked.values.get(WEBHOOK), origin=origin),
        waits=waits,
        new_reader=partial(FormFile, headers.get("content-type", ""), parameters=_NAMES),
        respond=partial(_respond, waited=waits, api_url=api_url),
    )


def _respond(task: Task, *, waited: bool, api_url: str) -> Response:
    if waited:
        _require_result(task)
    return json_response(200, container_task(task, api_url))


def _require_result(task: Task) -> None:
    file_id = file_id_of(task.task_id)
    if task.status in UNFINISHED:
        text = f"File {file_id} is still {task.status}. It is worked on: ask GET /v1/task/{file_id} for its end."
        raise HttpError(504, text)
    if task.status is TaskStatus.FAILED:
        raise HttpError(422, f"File {file_id} could not be anonymized: {task.failure}.")
    if task.status is not TaskStatus.DONE:
        raise deleted_file(file_id)

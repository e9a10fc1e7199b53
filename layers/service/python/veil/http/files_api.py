"""The cloud v1 API's route table (contracts/celantur.md part B); a form at `POST /v1/file` is the container's."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver

from veil.domain.file_id import file_id_of
from veil.domain.media import DOWNLOAD_URL_LIFE, Artifact, original_key
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.http import file_operations
from veil.http.errors import HttpError, json_answer
from veil.http.file_bodies import file_status_body, listed_file, listed_file_as_documented
from veil.http.file_list import FILE_LIST_QUERY, FILES_PER_PAGE, has_proper_types, read_page, require_known
from veil.http.file_operations import mask_operation, result_operation
from veil.http.file_upload import announced_upload, upload_answer
from veil.http.files_backend import FilesBackend
from veil.http.identity import required_owner
from veil.http.mask_scale import MASK_SCALE, read_mask_scale
from veil.http.operations import add_route
from veil.http.whole_upload import body_bytes, take_whole_upload
from veil.use_cases.show_task import count_tasks, list_tasks, read_document

_FILE = "/v1/file/<file_id>"


def add_file_routes(app: ApiGatewayResolver, backend: FilesBackend) -> None:
    """Give the resolver every route of v1 files, each with and without a trailing slash."""
    routes = _FileRoutes(app, backend)
    add_route(app, "POST", "/v1/file", routes.upload, file_operations.UPLOAD_FILE)
    add_route(app, "GET", "/v1/list", routes.list, file_operations.LIST_FILES)
    add_route(app, "GET", f"{_FILE}/status", routes.status, file_operations.FILE_STATUS)
    add_route(app, "GET", f"{_FILE}/metadata", routes.metadata, file_operations.FILE_METADATA)
    for path, artifact, operation in (
        ("anonymized", Artifact.ANONYMIZED, result_operation("getAnonymizedFile", "the anonymized image")),
        ("anonymised", Artifact.ANONYMIZED, result_operation("getAnonymisedFile", "the anonymised image")),
        ("original", Artifact.ORIGINAL, result_operation("getOriginalFile", "the image as it was sent")),
    ):
        add_route(app, "GET", f"{_FILE}/{path}", routes.download(artifact), operation)
    for path, artifact, operation in (
        ("binary-mask", Artifact.BINARY_MASK, mask_operation("getBinaryMask", "the binary mask")),
        ("instance-mask", Artifact.INSTANCE_MASK, mask_operation("getInstanceMask", "the instance mask")),
    ):
        add_route(app, "GET", f"{_FILE}/{path}", routes.download(artifact, scalable=True), operation)


class _FileRoutes:
    def __init__(self, app: ApiGatewayResolver, backend: FilesBackend) -> None:
        self._app = app
        self._backend = backend

    def upload(self) -> Response[str]:
        event, backend = self._app.current_event, self._backend
        headers = {name.lower(): value for name, value in event.headers.items()}
        query = event.resolved_query_string_parameters
        announced = announced_upload(self._owner(), headers, query, backend.rules)
        task = take_whole_upload(announced, body_bytes(event), backend)
        if announced.waits:
            task = backend.wait(task)
        return upload_answer(task, waited=announced.waits, api_url=backend.api_url)

    def list(self) -> Response[str]:
        owner, given = self._owner(), self._app.current_event.resolved_query_string_parameters
        require_known(given, FILE_LIST_QUERY)
        page = read_page(given, default_limit=FILES_PER_PAGE)
        tasks = list_tasks(owner, page.query, tasks=self._backend.tasks).tasks
        total = count_tasks(owner, page.query, tasks=self._backend.tasks)
        if has_proper_types(given):
            counts: dict[str, object] = {"total_item_count": total, "total_page_count": page.pages_of(total)}
            return json_answer(200, {**counts, "items": [listed_file(task) for task in tasks]})
        counts = {"total_item_count": str(total), "total_page_count": str(page.pages_of(total))}
        return json_answer(200, {**counts, "items": [listed_file_as_documented(task) for task in tasks]})

    def status(self, file_id: str) -> Response[str]:
        return json_answer(200, file_status_body(self._backend.task_of(self._owner(), file_id)))

    def metadata(self, file_id: str) -> Response[str]:
        task = self._backend.file_of(self._owner(), file_id)
        try:
            document = read_document(task, Artifact.METADATA, media=self._backend.media)
        except FileNotFoundError:
            self._backend.file_of(self._owner(), file_id)  # deleted in this very moment: then this is the refusal
            raise
        if document is None:
            raise _no_result(task, Artifact.METADATA)
        return Response(200, content_types.APPLICATION_JSON, document, headers={"Cache-Control": "no-store"})

    def download(self, artifact: Artifact, *, scalable: bool = False) -> Callable[[str], Response[str]]:
        """Return a route that sends the caller to a fresh signed URL of the file: media never passes through here."""

        def answer(file_id: str) -> Response[str]:
            task = self._backend.file_of(self._owner(), file_id)
            url = self._backend.media.download_url(self._key(task, artifact), life=DOWNLOAD_URL_LIFE)
            scale = self._scale() if scalable else None
            location = url if scale is None else f"{url}&{MASK_SCALE}={scale:g}"
            return Response(307, body="", headers={"Location": location, "Cache-Control": "no-store"})

        return answer

    def _scale(self) -> float | None:
        scale = read_mask_scale(self._app.current_event.resolved_query_string_parameters)
        if scale is not None and not self._backend.scales_masks:
            raise HttpError(400, f"{MASK_SCALE} can be chosen here when the file is sent, not when a mask is fetched.")
        return scale

    def _key(self, task: Task, artifact: Artifact) -> str:
        if artifact is Artifact.ORIGINAL:
            key: str | None = original_key(task.owner, task.task_id)
            key = key if self._backend.media.stat(key or "") else None
        else:
            key = task.key_of(artifact)
        if key is None:
            raise _no_result(task, artifact)
        return key

    def _owner(self) -> str:
        return required_owner(self._app.current_event, self._backend.owner_of)


def _no_result(task: Task, artifact: Artifact) -> HttpError:
    file_id, what = file_id_of(task.task_id), artifact.replace("_", " ")
    if task.status in UNFINISHED:
        return HttpError(409, f"There is no {what} yet. File {file_id} is {task.status}, not done.")
    if task.status is TaskStatus.FAILED and artifact is not Artifact.ORIGINAL:
        return HttpError(409, f"There is no {what}. File {file_id} failed: {task.failure}.")
    return HttpError(404, f"File {file_id} has no {what}.")

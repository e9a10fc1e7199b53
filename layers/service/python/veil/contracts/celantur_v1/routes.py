"""The cloud v1 API's routes (contracts/celantur.md part B)."""

from collections.abc import Callable

from veil.contracts.celantur_v1 import operations
from veil.contracts.celantur_v1.bodies import file_status_body, listed_file, listed_file_as_documented
from veil.contracts.celantur_v1.list_query import FILE_LIST_QUERY, FILES_PER_PAGE, has_proper_types
from veil.contracts.celantur_v1.mask_scale import MASK_SCALE, read_mask_scale
from veil.contracts.celantur_v1.operations import mask_operation, result_operation
from veil.domain.media import DOWNLOAD_URL_LIFE, Artifact
from veil.domain.task import Task
from veil.http.errors import HttpError
from veil.http.files_backend import DeliverFile, FilesBackend, no_result
from veil.http.numbered_pages import read_page, require_known
from veil.http.request import Request
from veil.http.response import Response, json_response, json_text
from veil.http.routing import Route
from veil.ports.media import MediaStore
from veil.use_cases.show_task import count_tasks, list_tasks, read_document

_FILE = "/v1/file/{file_id}"


def file_routes(backend: FilesBackend, deliver: DeliverFile) -> tuple[Route, ...]:
    """Return every route of v1 files but that of uploads.

    Args:
        backend: What the routes work with.
        deliver: Answers with a file.
    """
    routes = _FileRoutes(backend, deliver)
    return (
        Route("GET", "/v1/list", routes.list, operations.LIST_FILES),
        Route("GET", f"{_FILE}/status", routes.status, operations.FILE_STATUS),
        Route("GET", f"{_FILE}/metadata", routes.metadata, operations.FILE_METADATA),
        *(
            Route("GET", f"{_FILE}/{path}", routes.download(artifact), operation)
            for path, artifact, operation in (
                ("anonymized", Artifact.ANONYMIZED, result_operation("getAnonymizedFile", "the anonymized image")),
                ("anonymised", Artifact.ANONYMIZED, result_operation("getAnonymisedFile", "the anonymised image")),
                ("original", Artifact.ORIGINAL, result_operation("getOriginalFile", "the image as it was sent")),
            )
        ),
        *(
            Route("GET", f"{_FILE}/{path}", routes.download(artifact, scalable=True), operation)
            for path, artifact, operation in (
                ("binary-mask", Artifact.BINARY_MASK, mask_operation("getBinaryMask", "the binary mask")),
                ("instance-mask", Artifact.INSTANCE_MASK, mask_operation("getInstanceMask", "the instance mask")),
            )
        ),
    )


def redirect_to_files(media: MediaStore) -> DeliverFile:
    """Return what sends callers to a fresh signed URL of a file: media never pass through here."""

    def deliver(key: str, mask_scale: float | None) -> Response:
        if mask_scale is not None:
            raise _scaled_too_late("here")
        location = media.download_url(key, life=DOWNLOAD_URL_LIFE)
        return Response(307, headers={"Location": location, "Cache-Control": "no-store"})

    return deliver


def _scaled_too_late(where: str) -> HttpError:
    return HttpError(400, f"{MASK_SCALE} can be chosen {where} when the file is sent, not when a mask is fetched.")


class _FileRoutes:
    def __init__(self, backend: FilesBackend, deliver: DeliverFile) -> None:
        self._backend = backend
        self._deliver = deliver

    def list(self, request: Request) -> Response:
        owner, given = request.owner, request.query
        require_known(given, FILE_LIST_QUERY)
        page = read_page(given, default_limit=FILES_PER_PAGE)
        tasks = list_tasks(owner, page.query, tasks=self._backend.tasks).tasks
        total = count_tasks(owner, page.query, tasks=self._backend.tasks)
        if has_proper_types(given):
            counts: dict[str, object] = {"total_item_count": total, "total_page_count": page.pages_of(total)}
            return json_response(200, {**counts, "items": [listed_file(task) for task in tasks]})
        counts = {"total_item_count": str(total), "total_page_count": str(page.pages_of(total))}
        return json_response(200, {**counts, "items": [listed_file_as_documented(task) for task in tasks]})

    def status(self, request: Request, file_id: str) -> Response:
        return json_response(200, file_status_body(self._backend.task_of(request.owner, file_id)))

    def metadata(self, request: Request, file_id: str) -> Response:
        task = self._backend.file_of(request.owner, file_id)
        try:
            document = read_document(task, Artifact.METADATA, media=self._backend.media)
        except FileNotFoundError:
            self._backend.file_of(request.owner, file_id)  # deleted in this very moment: then this is the refusal
            raise
        if document is None:
            raise no_result(task, Artifact.METADATA)
        return json_text(200, document)

    def download(self, artifact: Artifact, *, scalable: bool = False) -> Callable[[Request, str], Response]:
        """Return a route that answers with the file."""

        def answer(request: Request, file_id: str) -> Response:
            task = self._backend.file_of(request.owner, file_id)
            scale = read_mask_scale(request.query) if scalable else None
            if scale is not None and task.media_type is not None and task.media_type.is_video:
                raise _scaled_too_late("of a video")
            return self._deliver(self._key(task, artifact), scale)

        return answer

    def _key(self, task: Task, artifact: Artifact) -> str:
        if artifact is Artifact.ORIGINAL:
            key: str | None = task.upload_key
            key = key if self._backend.media.stat(key or "") else None
        else:
            key = task.key_of(artifact)
        if key is None:
            raise no_result(task, artifact)
        return key

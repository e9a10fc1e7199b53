"""The routes of uploads in parts. The contract has none, so they are Veil's own."""

from collections.abc import Iterator
from contextlib import contextmanager

from veil.contracts.celantur_v2 import operations
from veil.contracts.celantur_v2.backend import TasksBackend
from veil.contracts.celantur_v2.bodies import status_body
from veil.contracts.celantur_v2.task_lookup import found
from veil.contracts.celantur_v2.upload_parts import (
    arrived_body,
    numbers_for,
    read_wanted_parts,
    read_whole_file,
    wanted_body,
)
from veil.domain.errors import UploadRefusedError
from veil.domain.media import UPLOAD_URL_LIFE
from veil.domain.upload_parts import PartsRefusedError
from veil.http.errors import PARTS_FAILED, HttpError, refused_body, too_large
from veil.http.json_body import read_object
from veil.http.request import Request
from veil.http.response import Response, json_response
from veil.http.routing import Route
from veil.use_cases.show_task import download_urls
from veil.use_cases.upload_in_parts import UploadsInParts

PARTS_PATH = "/v2/task/{task_id}/parts"
COMPLETE_PATH = f"{PARTS_PATH}/complete"


def part_routes(backend: TasksBackend) -> tuple[Route, ...]:
    """Return every route of uploads in parts."""
    routes = _PartRoutes(backend)
    return (
        Route("POST", PARTS_PATH, routes.begin, operations.BEGIN_PARTS),
        Route("GET", PARTS_PATH, routes.arrived, operations.LIST_PARTS),
        Route("POST", COMPLETE_PATH, routes.complete, operations.COMPLETE_PARTS),
    )


class _PartRoutes:
    def __init__(self, backend: TasksBackend) -> None:
        self._backend = backend

    def begin(self, request: Request, task_id: str) -> Response:
        _ = request.owner
        with _refusals():
            wanted = read_wanted_parts(read_object(request.text(failed=PARTS_FAILED), failed=PARTS_FAILED))
            self._require_size(wanted.size_bytes)
            upload = found(request, task_id, self._uploads().begin)
            arrived = upload.arrived()
            urls = {number: upload.url(number, life=UPLOAD_URL_LIFE) for number in numbers_for(wanted, arrived)}
            return json_response(200, wanted_body(int(task_id), wanted, arrived, urls))

    def arrived(self, request: Request, task_id: str) -> Response:
        arrived = found(request, task_id, self._uploads().arrived)
        return json_response(200, arrived_body(int(task_id), arrived))

    def complete(self, request: Request, task_id: str) -> Response:
        _ = request.owner
        with _refusals():
            file = read_whole_file(read_object(request.text(failed=PARTS_FAILED), failed=PARTS_FAILED))
            self._require_size(file.size_bytes)
            task = found(
                request,
                task_id,
                lambda owner, number: self._uploads().complete(owner, number, file.parts, file.size_bytes),
            )
            return json_response(200, status_body(task, download_urls(task, media=self._backend.media)))

    def _uploads(self) -> UploadsInParts:
        backend = self._backend
        return UploadsInParts(tasks=backend.tasks, media=backend.media, parts=backend.parts, intake=backend.intake)

    def _require_size(self, size_bytes: int) -> None:
        limit_bytes = self._backend.intake.limits.max_video_bytes
        if size_bytes > limit_bytes:
            raise too_large(limit_bytes)


@contextmanager
def _refusals() -> Iterator[None]:
    """Make answers of what uploads in parts refuse."""
    try:
        yield
    except PartsRefusedError as error:
        raise refused_body(PARTS_FAILED, str(error)) from error
    except UploadRefusedError as error:
        raise HttpError(409, str(error)) from error

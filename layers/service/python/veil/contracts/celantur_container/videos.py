"""The container's routes for videos (contracts/celantur.md C.1, C.8)."""

from veil.contracts.celantur_container import operations
from veil.contracts.celantur_container.frame_range import read_range
from veil.domain.media import Artifact
from veil.domain.task import Task
from veil.http.errors import HttpError
from veil.http.file_id import file_id_of
from veil.http.files_backend import DeliverFile, FilesBackend, no_result
from veil.http.request import Request
from veil.http.response import Response, json_text
from veil.http.routing import Route
from veil.use_cases.show_task import read_frames

_VIDEO = "/v1/file/{file_id}/video"


def video_routes(backend: FilesBackend, deliver: DeliverFile) -> tuple[Route, ...]:
    """Return the routes of videos.

    Args:
        backend: What the routes work with.
        deliver: Answers with a file.
    """
    routes = _VideoRoutes(backend, deliver)
    return (
        *(
            Route("GET", f"{_VIDEO}/{path}", routes.download, operations.video_operation(name, f"the {path} video"))
            for path, name in (("anonymised", "getAnonymisedVideo"), ("anonymized", "getAnonymizedVideo"))
        ),
        Route("GET", f"{_VIDEO}/metadata", routes.metadata, operations.VIDEO_METADATA),
    )


class _VideoRoutes:
    def __init__(self, backend: FilesBackend, deliver: DeliverFile) -> None:
        self._backend = backend
        self._deliver = deliver

    def download(self, request: Request, file_id: str) -> Response:
        task = self._video(request, file_id)
        key = task.key_of(Artifact.ANONYMIZED)
        if key is None:
            raise no_result(task, Artifact.ANONYMIZED)
        return self._deliver(key, None)

    def metadata(self, request: Request, file_id: str) -> Response:
        task, frames = self._video(request, file_id), read_range(request.query)
        try:
            document = read_frames(task, frames.first, frames.last, media=self._backend.media)
        except FileNotFoundError:
            self._backend.file_of(request.owner, file_id)  # deleted in this very moment: then this is the refusal
            raise
        if document is None:
            raise no_result(task, Artifact.METADATA)
        return json_text(200, document)

    def _video(self, request: Request, file_id: str) -> Task:
        task = self._backend.file_of(request.owner, file_id)
        if task.media_type is not None and not task.media_type.is_video:
            name = file_id_of(task.task_id)
            raise HttpError(409, f"File {name} is an image. Its results are at /v1/file/{name}/ without /video.")
        return task

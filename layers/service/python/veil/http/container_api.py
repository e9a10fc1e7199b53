"""The container's routes beside those of v1 files (contracts/celantur.md part C): tasks, and what videos will need."""

from collections.abc import Mapping, Sequence

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver

from veil.domain.errors import TaskNotFoundError
from veil.http import file_operations
from veil.http.errors import HttpError, json_answer, unexpected_value, unknown_file, unknown_parameter
from veil.http.file_bodies import container_task
from veil.http.file_list import TASK_LIST_QUERY, TASKS_PER_PAGE, read_page, require_known
from veil.http.files_backend import FilesBackend
from veil.http.identity import required_owner
from veil.http.kinds import Flag, WrongKindError
from veil.http.operations import add_route
from veil.use_cases.forget_task import Parts, TaskUnfinishedError, forget_task, forget_tasks
from veil.use_cases.show_task import list_tasks

FORGET_FAILED = "Could not delete."
_VIDEO = "/v1/file/<file_id>/video"
_TASK = "/v1/task/<file_id>"
_LIST = "/v1/task/list"
# The container's own prose writes it so once.
_LIST_MISSPELLED = "/v1/task/lists"
_PARTS = {"record": "record", "input": "photo", "output": "results"}


def add_container_routes(app: ApiGatewayResolver, backend: FilesBackend) -> None:
    """Give the resolver every route that only the container has, each with and without a trailing slash."""
    routes = _ContainerRoutes(app, backend)
    add_route(app, "GET", _LIST, routes.list, file_operations.LIST_CONTAINER_TASKS)
    add_route(app, "DELETE", _LIST, routes.forget_all, file_operations.FORGET_CONTAINER_TASKS)
    app.route(_LIST_MISSPELLED, "GET", include_in_schema=False)(routes.list)
    app.route(_LIST_MISSPELLED, "DELETE", include_in_schema=False)(routes.forget_all)
    add_route(app, "GET", _TASK, routes.get, file_operations.GET_CONTAINER_TASK)
    add_route(app, "DELETE", _TASK, routes.forget, file_operations.FORGET_CONTAINER_TASK)
    for path, name, what in (
        ("anonymised", "getAnonymisedVideo", "the anonymised video"),
        ("anonymized", "getAnonymizedVideo", "the anonymized video"),
        ("metadata", "getVideoMetadata", "the metadata of a video's frames"),
    ):
        add_route(app, "GET", f"{_VIDEO}/{path}", routes.video, file_operations.video_operation(name, what))


def forget_all_answer(owner: str, query: Mapping[str, Sequence[str]], backend: FilesBackend) -> Response[str]:
    """Answer DELETE /v1/task/list.

    Needs no resolver, so that the deletion of very many files does not keep other requests waiting.

    Raises:
        HttpError: A parameter is unknown or wrong.
    """
    done = forget_tasks(owner, read_parts(query), tasks=backend.tasks, media=backend.media, clock=backend.clock)
    return json_answer(200, {"deleted": done})


def read_parts(query: Mapping[str, Sequence[str]]) -> Parts:
    """Return what a query wants to go: everything where it says nothing.

    Raises:
        HttpError: A parameter is unknown or wrong.
    """
    if not query:
        return Parts()
    chosen = dict.fromkeys(_PARTS.values(), False)
    for key, texts in query.items():
        if key not in _PARTS:
            raise unknown_parameter(FORGET_FAILED, key)
        try:
            (text,) = texts
            chosen[_PARTS[key]] = Flag().read(text)
        except (ValueError, WrongKindError) as error:
            raise unexpected_value(FORGET_FAILED, key) from error
    return Parts(**chosen)


class _ContainerRoutes:
    def __init__(self, app: ApiGatewayResolver, backend: FilesBackend) -> None:
        self._app = app
        self._backend = backend

    def list(self) -> Response[str]:
        owner, given = self._owner(), self._query()
        require_known(given, TASK_LIST_QUERY)
        page = read_page(given, default_limit=TASKS_PER_PAGE)
        tasks = list_tasks(owner, page.query, tasks=self._backend.tasks).tasks
        return json_answer(200, [container_task(task, self._backend.api_url) for task in tasks])

    def get(self, file_id: str) -> Response[str]:
        task = self._backend.task_of(self._owner(), file_id)
        return json_answer(200, container_task(task, self._backend.api_url))

    def forget(self, file_id: str) -> Response[str]:
        parts, backend = read_parts(self._query()), self._backend
        task = backend.task_of(self._owner(), file_id)
        try:
            left = forget_task(
                task.owner, task.task_id, parts, tasks=backend.tasks, media=backend.media, clock=backend.clock
            )
        except TaskNotFoundError as error:
            raise unknown_file(file_id) from error
        except TaskUnfinishedError as error:
            raise HttpError(409, str(error)) from error
        return json_answer(200, {"id": file_id, "status": left.status.value})

    def forget_all(self) -> Response[str]:
        return forget_all_answer(self._owner(), self._query(), self._backend)

    def video(self, file_id: str) -> Response[str]:
        self._backend.file_of(self._owner(), file_id)
        raise HttpError(409, f"File {file_id} is an image. Its results are at /v1/file/{file_id}/ without /video.")

    def _query(self) -> Mapping[str, Sequence[str]]:
        return self._app.current_event.resolved_query_string_parameters

    def _owner(self) -> str:
        return required_owner(self._app.current_event, self._backend.owner_of)

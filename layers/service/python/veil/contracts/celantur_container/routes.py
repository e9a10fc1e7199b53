"""The container's routes for tasks, beside those of v1 files (contracts/celantur.md part C)."""

from collections.abc import Mapping, Sequence

from veil.contracts.celantur_container import operations
from veil.contracts.celantur_container.bodies import container_task
from veil.contracts.celantur_container.list_query import TASK_LIST_QUERY, TASKS_PER_PAGE
from veil.contracts.celantur_container.states import TASK_STATES
from veil.domain.errors import TaskNotFoundError
from veil.http.errors import HttpError, unexpected_value, unknown_file, unknown_parameter
from veil.http.files_backend import FilesBackend
from veil.http.numbered_pages import read_page, require_known
from veil.http.parameter_types import Flag, WrongKindError
from veil.http.request import Request
from veil.http.response import Response, json_response
from veil.http.routing import Route
from veil.use_cases.forget_task import Parts, TaskUnfinishedError, forget_task, forget_tasks
from veil.use_cases.show_task import list_tasks

FORGET_FAILED = "Could not delete."
_TASK = "/v1/task/{file_id}"
# The container's own prose writes the second once.
LIST_PATHS = ("/v1/task/list", "/v1/task/lists")
_PARTS = {"record": "record", "input": "photo", "output": "results"}


def container_routes(backend: FilesBackend, api_url: str) -> tuple[Route, ...]:
    """Return the routes of tasks.

    Args:
        backend: What the routes work with.
        api_url: Where clients reach the service, without a slash at its end.
    """
    routes = _ContainerRoutes(backend, api_url)
    listed, misspelled = LIST_PATHS
    return (
        Route("GET", listed, routes.list, operations.LIST_CONTAINER_TASKS),
        Route("DELETE", listed, routes.forget_all, operations.FORGET_CONTAINER_TASKS),
        Route("GET", misspelled, routes.list),
        Route("DELETE", misspelled, routes.forget_all),
        Route("GET", _TASK, routes.get, operations.GET_CONTAINER_TASK),
        Route("DELETE", _TASK, routes.forget, operations.FORGET_CONTAINER_TASK),
    )


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
    def __init__(self, backend: FilesBackend, api_url: str) -> None:
        self._backend = backend
        self._api_url = api_url

    def list(self, request: Request) -> Response:
        owner = request.owner
        require_known(request.query, TASK_LIST_QUERY)
        page = read_page(request.query, default_limit=TASKS_PER_PAGE)
        tasks = list_tasks(owner, page.query, tasks=self._backend.tasks).tasks
        return json_response(200, [container_task(task, self._api_url) for task in tasks])

    def get(self, request: Request, file_id: str) -> Response:
        task = self._backend.task_of(request.owner, file_id)
        return json_response(200, container_task(task, self._api_url))

    def forget(self, request: Request, file_id: str) -> Response:
        parts, backend = read_parts(request.query), self._backend
        task = backend.task_of(request.owner, file_id)
        try:
            left = forget_task(
                task.owner, task.task_id, parts, tasks=backend.tasks, media=backend.media, clock=backend.clock
            )
        except TaskNotFoundError as error:
            raise unknown_file(file_id) from error
        except TaskUnfinishedError as error:
            raise HttpError(409, str(error)) from error
        return json_response(200, {"id": file_id, "status": TASK_STATES[left.status]})

    def forget_all(self, request: Request) -> Response:
        owner, parts, backend = request.owner, read_parts(request.query), self._backend
        done = forget_tasks(owner, parts, tasks=backend.tasks, media=backend.media, clock=backend.clock)
        return json_response(200, {"deleted": done})

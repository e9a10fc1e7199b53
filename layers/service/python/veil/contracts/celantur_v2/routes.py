"""The v2 API's routes (contracts/celantur.md part A)."""

from typing import Any, Literal

from veil.contracts.celantur_v2 import operations as operations
from veil.contracts.celantur_v2.backend import TasksBackend
from veil.contracts.celantur_v2.bodies import status_body, task_body
from veil.contracts.celantur_v2.list_query import read_list_query
from veil.contracts.celantur_v2.parameters import TaskParameters, read_parameters
from veil.contracts.celantur_v2.part_routes import part_routes
from veil.contracts.celantur_v2.rendering import RenderParameters, read_rendering
from veil.contracts.celantur_v2.states import TASK_STATES
from veil.contracts.celantur_v2.task_lookup import found
from veil.domain.errors import (
    ClassUnavailableError,
    RequestError,
    StaleTaskError,
    TooManyTasksError,
)
from veil.domain.media import Artifact, original_key
from veil.domain.task import Task
from veil.http.errors import (
    CREATE_FAILED,
    NO_TASK_ID,
    RENDER_FAILED,
    HttpError,
    refused_value,
    too_many_tasks,
)
from veil.http.json_body import read_object
from veil.http.parameter_table import WEBHOOK
from veil.http.request import Request
from veil.http.response import Response, json_response, json_text
from veil.http.routing import Route
from veil.use_cases.cancel_task import cancel_task
from veil.use_cases.create_task import CreatedTask, create_task
from veil.use_cases.delete_task import delete_task
from veil.use_cases.render_task import render_task
from veil.use_cases.show_task import download_urls, list_tasks, read_document, show_task

Json = dict[str, Any]


def task_routes(backend: TasksBackend) -> tuple[Route, ...]:
    """Return every route of v2 tasks."""
    routes = _TaskRoutes(backend)
    return (
        Route("POST", "/v2/task", routes.create, operations.CREATE_TASK),
        Route("GET", "/v2/task", routes.list, operations.LIST_TASKS),
        Route("GET", "/v2/task/{task_id}", routes.get, operations.GET_TASK),
        Route("GET", "/v2/task/{task_id}/status", routes.status, operations.GET_STATUS),
        Route("GET", "/v2/task/{task_id}/metadata", routes.metadata, operations.GET_METADATA),
        Route("GET", "/v2/task/{task_id}/report", routes.report, operations.GET_REPORT),
        *part_routes(backend),
        Route("POST", "/v2/task/{task_id}/render", routes.render, operations.RENDER_TASK),
        Route("POST", "/v2/task/{task_id}/cancel", routes.cancel, operations.CANCEL_TASK),
        Route("DELETE", "/v2/task/{task_id}", routes.delete, operations.DELETE_TASK),
        *(
            Route(method, path, routes.without_id)
            for method, path in (("GET", "/v2/task//status"), ("GET", "/v2/task//metadata"), ("DELETE", "/v2/task"))
        ),
    )


class _TaskRoutes:
    def __init__(self, backend: TasksBackend) -> None:
        self._backend = backend

    def create(self, request: Request) -> Response:
        owner = request.owner
        wanted = read_parameters(read_object(request.text(failed=CREATE_FAILED), failed=CREATE_FAILED))
        created = self._create(owner, wanted)
        first = {"task_id": created.task.task_id, "upload_url": created.upload_url}
        return json_response(200, first | task_body(created.task, {}))

    def list(self, request: Request) -> Response:
        page = list_tasks(request.owner, read_list_query(request.query), tasks=self._backend.tasks)
        token = None if page.next_before is None else str(page.next_before)
        return json_response(200, {"items": [self._shown(task) for task in page.tasks], "next_page_token": token})

    def get(self, request: Request, task_id: str) -> Response:
        return json_response(200, self._shown(self._task(request, task_id)))

    def status(self, request: Request, task_id: str) -> Response:
        task = self._task(request, task_id)
        return json_response(200, status_body(task, download_urls(task, media=self._backend.media)))

    def metadata(self, request: Request, task_id: str) -> Response:
        return self._document(request, task_id, Artifact.METADATA)

    def report(self, request: Request, task_id: str) -> Response:
        return self._document(request, task_id, Artifact.REPORT)

    def cancel(self, request: Request, task_id: str) -> Response:
        backend = self._backend
        try:
            task = found(
                request,
                task_id,
                lambda owner, number: cancel_task(owner, number, tasks=backend.tasks, clock=backend.clock),
            )
        except StaleTaskError as error:
            raise HttpError(409, str(error)) from error
        backend.parts.discard(original_key(task.owner, task.task_id))
        return json_response(200, status_body(task, {}))

    def render(self, request: Request, task_id: str) -> Response:
        earlier, backend = self._task(request, task_id), self._backend
        wanted = read_rendering(read_object(request.text(failed=RENDER_FAILED), failed=RENDER_FAILED), earlier.policy)
        self._check_webhook(wanted, failed=RENDER_FAILED)
        try:
            task = render_task(
                earlier,
                wanted.policy,
                wanted.changes,
                wanted.webhook,
                tasks=backend.tasks,
                media=backend.media,
                queue=backend.queue,
                clock=backend.clock,
                available=backend.available,
            )
        except StaleTaskError as error:
            raise HttpError(409, str(error)) from error
        except ClassUnavailableError as error:
            raise refused_value(RENDER_FAILED, wanted.spelled.get(error.field, error.field), str(error)) from error
        except TooManyTasksError as error:
            raise too_many_tasks(RENDER_FAILED, str(error)) from error
        return json_response(200, self._shown(task))

    def delete(self, request: Request, task_id: str) -> Response:
        backend = self._backend
        task = found(
            request,
            task_id,
            lambda owner, number: delete_task(
                owner, number, tasks=backend.tasks, media=backend.media, clock=backend.clock
            ),
        )
        return json_response(200, {"task_id": task.task_id, "task_status": TASK_STATES[task.status]})

    def without_id(self, request: Request) -> Response:
        _ = request.owner
        raise HttpError(400, NO_TASK_ID)

    def _create(self, owner: str, wanted: TaskParameters) -> CreatedTask:
        backend = self._backend
        self._check_webhook(wanted, failed=CREATE_FAILED)
        try:
            return create_task(
                owner,
                wanted.policy,
                wanted.webhook,
                tasks=backend.tasks,
                media=backend.media,
                clock=backend.clock,
                available=backend.available,
            )
        except ClassUnavailableError as error:
            raise refused_value(CREATE_FAILED, wanted.spelled[error.field], str(error)) from error
        except TooManyTasksError as error:
            raise too_many_tasks(CREATE_FAILED, str(error)) from error

    def _check_webhook(self, wanted: TaskParameters | RenderParameters, *, failed: str) -> None:
        if wanted.webhook is None:
            return
        try:
            self._backend.check_webhook(wanted.webhook)
        except RequestError as error:
            raise refused_value(failed, wanted.spelled[WEBHOOK], str(error)) from error

    def _task(self, request: Request, task_id: str) -> Task:
        return found(request, task_id, lambda owner, number: show_task(owner, number, tasks=self._backend.tasks))

    def _document(self, request: Request, task_id: str, kind: Literal[Artifact.METADATA, Artifact.REPORT]) -> Response:
        task = self._task(request, task_id)
        try:
            text = read_document(task, kind, media=self._backend.media)
        except FileNotFoundError:
            self._task(request, task_id)  # deleted in this very moment: then this is the refusal
            raise
        if text is None:
            why = f" It failed: {task.failure}." if task.failure_cause else ""
            raise HttpError(409, f"There is no {kind}. Task {task.task_id} is {task.status}, not done.{why}")
        return json_text(200, text)

    def _shown(self, task: Task) -> Json:
        return task_body(task, download_urls(task, media=self._backend.media))

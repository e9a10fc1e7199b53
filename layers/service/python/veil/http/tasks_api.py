"""The v2 API's route table (contracts/celantur.md part A)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver

from veil.domain.errors import (
    ClassUnavailableError,
    RequestError,
    TaskDeletedError,
    TaskNotFoundError,
    TooManyTasksError,
)
from veil.domain.media import Artifact
from veil.domain.policy import ObjectClass
from veil.domain.task import Task
from veil.http import task_operations
from veil.http.errors import (
    CREATE_FAILED,
    NO_TASK_ID,
    TASK_DELETED,
    HttpError,
    error_answer,
    json_answer,
    refused_value,
    too_many_tasks,
    unknown_task,
    wrong_task_id,
)
from veil.http.identity import OwnerOf, required_owner
from veil.http.json_body import body_text, read_object
from veil.http.list_query import LARGEST_ID, read_list_query
from veil.http.operations import add_route
from veil.http.parameter_table import WEBHOOK
from veil.http.parameters import TaskParameters, read_parameters
from veil.http.task_body import status_body, task_body
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import TaskStore
from veil.use_cases.create_task import CreatedTask, create_task
from veil.use_cases.delete_task import delete_task
from veil.use_cases.show_task import download_urls, list_tasks, read_document, show_task

Json = dict[str, Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksBackend:
    """What the routes work with.

    Attributes:
        available: The classes that an installed model finds.
        owner_of: Returns the verified account of a request, or None.
        check_webhook: Raises a RequestError for an address that will not be called.
    """

    tasks: TaskStore
    media: MediaStore
    clock: Clock
    available: frozenset[ObjectClass]
    owner_of: OwnerOf
    check_webhook: Callable[[str], None]


def add_task_routes(app: ApiGatewayResolver, backend: TasksBackend) -> None:
    """Give the resolver every route of v2 tasks, each with and without a trailing slash."""
    routes = _TaskRoutes(app, backend)
    add_route(app, "POST", "/v2/task", routes.create, task_operations.CREATE_TASK)
    add_route(app, "GET", "/v2/task", routes.list, task_operations.LIST_TASKS)
    add_route(app, "GET", "/v2/task/<task_id>", routes.get, task_operations.GET_TASK)
    add_route(app, "GET", "/v2/task/<task_id>/status", routes.status, task_operations.GET_STATUS)
    add_route(app, "GET", "/v2/task/<task_id>/metadata", routes.metadata, task_operations.GET_METADATA)
    add_route(app, "GET", "/v2/task/<task_id>/report", routes.report, task_operations.GET_REPORT)
    add_route(app, "DELETE", "/v2/task/<task_id>", routes.delete, task_operations.DELETE_TASK)
    for method, rule in (("GET", "/v2/task//status"), ("GET", "/v2/task//metadata"), ("DELETE", "/v2/task")):
        app.route(rule, method, include_in_schema=False)(routes.without_id)


class _TaskRoutes:
    def __init__(self, app: ApiGatewayResolver, backend: TasksBackend) -> None:
        self._app = app
        self._backend = backend

    def create(self) -> Response[str]:
        owner = self._owner()
        text = body_text(self._app.current_event, failed=CREATE_FAILED)
        wanted = read_parameters(read_object(text, failed=CREATE_FAILED))
        created = self._create(owner, wanted)
        first = {"task_id": created.task.task_id, "upload_url": created.upload_url}
        return json_answer(200, first | task_body(created.task, {}))

    def list(self) -> Response[str]:
        owner = self._owner()
        query = read_list_query(self._app.current_event.resolved_query_string_parameters)
        page = list_tasks(owner, query, tasks=self._backend.tasks)
        token = None if page.next_before is None else str(page.next_before)
        return json_answer(200, {"items": [self._shown(task) for task in page.tasks], "next_page_token": token})

    def get(self, task_id: str) -> Response[str]:
        return json_answer(200, self._shown(self._task(task_id)))

    def status(self, task_id: str) -> Response[str]:
        task = self._task(task_id)
        return json_answer(200, status_body(task, download_urls(task, media=self._backend.media)))

    def metadata(self, task_id: str) -> Response[str]:
        return self._document(task_id, Artifact.METADATA)

    def report(self, task_id: str) -> Response[str]:
        return self._document(task_id, Artifact.REPORT)

    def delete(self, task_id: str) -> Response[str]:
        parts = self._backend
        task = self._found(
            task_id,
            lambda owner, number: delete_task(owner, number, tasks=parts.tasks, media=parts.media, clock=parts.clock),
        )
        return json_answer(200, {"task_id": task.task_id, "task_status": task.status.value})

    def without_id(self) -> Response[str]:
        self._owner()
        return error_answer(HttpError(400, NO_TASK_ID))

    def _owner(self) -> str:
        return required_owner(self._app.current_event, self._backend.owner_of)

    def _create(self, owner: str, wanted: TaskParameters) -> CreatedTask:
        parts = self._backend
        if wanted.webhook is not None:
            self._check_webhook(wanted.webhook, wanted.spelled[WEBHOOK])
        try:
            return create_task(
                owner,
                wanted.policy,
                wanted.webhook,
                tasks=parts.tasks,
                media=parts.media,
                clock=parts.clock,
                available=parts.available,
            )
        except ClassUnavailableError as error:
            raise refused_value(CREATE_FAILED, wanted.spelled[error.field], str(error)) from error
        except TooManyTasksError as error:
            raise too_many_tasks(CREATE_FAILED, str(error)) from error

    def _check_webhook(self, url: str, spelled: str) -> None:
        try:
            self._backend.check_webhook(url)
        except RequestError as error:
            raise refused_value(CREATE_FAILED, spelled, str(error)) from error

    def _task(self, task_id: str) -> Task:
        return self._found(task_id, lambda owner, number: show_task(owner, number, tasks=self._backend.tasks))

    def _found(self, task_id: str, find: Callable[[str, int], Task]) -> Task:
        owner = self._owner()
        if not _INTEGER.fullmatch(task_id):
            raise wrong_task_id(task_id)
        # Beyond 19 digits no store has an integer for it, nor any task.
        if len(task_id) > len(str(LARGEST_ID)) or int(task_id) > LARGEST_ID:
            raise unknown_task(task_id)
        try:
            return find(owner, int(task_id))
        except TaskNotFoundError as error:
            raise unknown_task(task_id) from error
        except TaskDeletedError as error:
            raise HttpError(404, TASK_DELETED) from error

    def _document(self, task_id: str, kind: Literal[Artifact.METADATA, Artifact.REPORT]) -> Response[str]:
        task = self._task(task_id)
        try:
            text = read_document(task, kind, media=self._backend.media)
        except FileNotFoundError:
            self._task(task_id)  # deleted in this very moment: then this is the refusal
            raise
        if text is None:
            why = f" It failed: {task.failure}." if task.failure_cause else ""
            raise HttpError(409, f"There is no {kind}. Task {task.task_id} is {task.status}, not done.{why}")
        return Response(200, content_types.APPLICATION_JSON, text, headers={"Cache-Control": "no-store"})

    def _shown(self, task: Task) -> Json:
        return task_body(task, download_urls(task, media=self._backend.media))

"""The backend API's routes (section 2): jobs on files of a folder that clients share with the node.

The sources print neither methods nor paths; these are the ones that the contract sheet infers. They show no key either:
who serves without sign-in has such calls paid by the key that is labelled `default`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from veil.contracts.syntonym import backend_operations as operations
from veil.contracts.syntonym.bodies import file_job_report, job_standing, task_standing
from veil.contracts.syntonym.parameters import BLUR, read_policy
from veil.contracts.syntonym.refusals import InvalidError, answered
from veil.contracts.syntonym.routes import KEY_HEADER, JobsBackend, approval_answer, json_object
from veil.domain.api_key import ApiKey, Scope
from veil.domain.errors import KeyRefusedError, TaskNotFoundError
from veil.domain.origin import file_name as label_of
from veil.http.file_id import task_id_of
from veil.http.request import Request
from veil.http.response import Response, json_response
from veil.http.routing import Route
from veil.ports.jobs import EndedJobs, JobsFolder
from veil.use_cases.cancel_task import cancel_task
from veil.use_cases.folder_jobs import delete_job, job_of_file, show_task_of_job, wait_for_price
from veil.use_cases.jobs import cancel_job, show_job

OPEN_LABEL = "default"
VIDEOS = frozenset({".mp4", ".mkv", ".webm", ".ts", ".mov", ".avi", ".mts"})
IMAGES = frozenset({".jpg", ".png", ".jpeg", ".bmp"})
ARCHIVES = frozenset({".zip", ".rar", ".7z"})
PROCESS_PATHS = ("/process_file", "/process_video", "/process_image")
APPROVE_PATH = "/approve_job/{job_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderBackend:
    """What the routes work with.

    Attributes:
        needs_key: Whether callers must show an API key.
    """

    jobs: JobsBackend
    ended: EndedJobs
    folder: JobsFolder
    needs_key: bool

    def caller(self, request: Request, scope: Scope) -> ApiKey:
        """Return the key that a request shows or stands for.

        Raises:
            KeyRefusedError: There is none that is good for this.
        """
        if self.needs_key or request.headers.get(KEY_HEADER):
            return self.jobs.caller(request.headers, scope)
        key = self.jobs.keys.labelled(OPEN_LABEL)
        if key is None or not key.may(scope):
            raise KeyRefusedError(
                f"Send an API key in the header {KEY_HEADER}, or have one made for whoever sends none: "
                f"veil keys add {OPEN_LABEL} --credits 1000"
            )
        return key


def folder_routes(backend: FolderBackend) -> tuple[Route, ...]:
    """Return every route of the backend API."""
    routes = _FolderRoutes(backend)
    file, video, image = PROCESS_PATHS
    return (
        Route("POST", file, routes.process(VIDEOS | IMAGES | ARCHIVES), operations.PROCESS_FILE),
        Route("POST", video, routes.process(VIDEOS | ARCHIVES), operations.PROCESS_VIDEO),
        Route("POST", image, routes.process(IMAGES | ARCHIVES), operations.PROCESS_IMAGE),
        Route("POST", APPROVE_PATH, routes.approve, operations.APPROVE_JOB),
        Route("GET", "/job_status/{job_id}", routes.job_status, operations.JOB_STATUS),
        Route("GET", "/task_status/{task}", routes.task_status, operations.TASK_STATUS),
        Route("POST", "/cancel_job/{job_id}", routes.cancel_job, operations.CANCEL_JOB),
        Route("POST", "/cancel_task/{task}", routes.cancel_task, operations.CANCEL_TASK),
        Route("DELETE", "/delete_job/{job_id}", routes.delete_job, operations.DELETE_JOB),
    )


class _FolderRoutes:
    def __init__(self, backend: FolderBackend) -> None:
        self._backend = backend

    def process(self, suffixes: frozenset[str]) -> Callable[[Request], Response]:
        return lambda request: answered(lambda: self._process(request, suffixes))

    def approve(self, request: Request, job_id: str) -> Response:
        return answered(lambda: self._approve(request, job_id))

    def job_status(self, request: Request, job_id: str) -> Response:
        return answered(lambda: self._job_status(request, job_id))

    def task_status(self, request: Request, task: str) -> Response:
        return answered(lambda: self._task_status(request, task))

    def cancel_job(self, request: Request, job_id: str) -> Response:
        return answered(lambda: self._cancel_job(request, job_id))

    def cancel_task(self, request: Request, task: str) -> Response:
        return answered(lambda: self._cancel_task(request, task))

    def delete_job(self, request: Request, job_id: str) -> Response:
        return answered(lambda: self._delete_job(request, job_id))

    def _process(self, request: Request, suffixes: frozenset[str]) -> Response:
        parts, jobs = self._backend, self._backend.jobs
        key = parts.caller(request, Scope.JOBS_WRITE)
        body = json_object(request.body)
        path = body.get("file_path")
        if not isinstance(path, str) or PurePosixPath(path).suffix.lower() not in suffixes:
            raise InvalidError(("body", "file_path"), f"It must name a file of these: {' '.join(sorted(suffixes))}.")
        if "model_config" not in body:
            raise InvalidError(("body", "model_config"), "It must be given, as an object or its JSON text.")
        job = job_of_file(
            key,
            read_policy(body.get("model", BLUR), body["model_config"], ("body", "model_config")),
            path,
            model=BLUR,
            file_name=label_of(path) or "file",
            available=jobs.available,
            folder=parts.folder,
            jobs=jobs.jobs,
            clock=jobs.clock,
        )
        wait_for_price(job.job_id, jobs=jobs.jobs)
        return json_response(
            200, file_job_report(show_job(key, job.job_id, jobs=jobs.jobs, tasks=jobs.tasks), jobs.media)
        )

    def _approve(self, request: Request, job_id: str) -> Response:
        jobs = self._backend.jobs
        key = self._backend.caller(request, Scope.JOBS_WRITE)
        # Whose job it is comes first: how long an answer takes must not tell a stranger that there is one.
        wait_for_price(show_job(key, job_id, jobs=jobs.jobs, tasks=jobs.tasks).job.job_id, jobs=jobs.jobs)
        return approval_answer(key, job_id, jobs)

    def _job_status(self, request: Request, job_id: str) -> Response:
        jobs = self._backend.jobs
        key = self._backend.caller(request, Scope.JOBS_READ)
        return json_response(200, job_standing(show_job(key, job_id, jobs=jobs.jobs, tasks=jobs.tasks)))

    def _task_status(self, request: Request, task_id: str) -> Response:
        jobs = self._backend.jobs
        key = self._backend.caller(request, Scope.JOBS_READ)
        task = show_task_of_job(key, _number(task_id), jobs=jobs.jobs, tasks=jobs.tasks)
        return json_response(200, task_standing(task))

    def _cancel_job(self, request: Request, job_id: str) -> Response:
        jobs = self._backend.jobs
        key = self._backend.caller(request, Scope.JOBS_WRITE)
        cancel_job(key, job_id, jobs=jobs.jobs, tasks=jobs.tasks, sessions=jobs.sessions, clock=jobs.clock)
        return json_response(200, {"message": "The job is cancelled."})

    def _cancel_task(self, request: Request, task_id: str) -> Response:
        jobs = self._backend.jobs
        key = self._backend.caller(request, Scope.JOBS_WRITE)
        task = show_task_of_job(key, _number(task_id), jobs=jobs.jobs, tasks=jobs.tasks)
        cancel_task(task.owner, task.task_id, tasks=jobs.tasks, clock=jobs.clock)
        return json_response(200, {"message": "The task is cancelled."})

    def _delete_job(self, request: Request, job_id: str) -> Response:
        parts, jobs = self._backend, self._backend.jobs
        key = parts.caller(request, Scope.JOBS_WRITE)
        delete_job(
            key,
            job_id,
            jobs=jobs.jobs,
            ended=parts.ended,
            tasks=jobs.tasks,
            media=jobs.media,
            folder=parts.folder,
            clock=jobs.clock,
        )
        return json_response(200, {"message": "The job is deleted."})


def _number(task_id: str) -> int:
    number = task_id_of(task_id)
    if number is None:
        raise TaskNotFoundError(f"There is no task {task_id}.")
    return number

"""The public API's routes under `/v1` (section 1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from veil.contracts.syntonym import operations
from veil.contracts.syntonym.bodies import job_report
from veil.contracts.syntonym.parameters import BLUR, read_policy
from veil.contracts.syntonym.refusals import InvalidError, RefusedError, answered
from veil.domain.api_key import ApiKey, Scope
from veil.domain.errors import InsufficientCreditError
from veil.domain.job import Job
from veil.domain.origin import file_name as label_of
from veil.domain.policy import ObjectClass
from veil.http.json_body import JsonError, strict_json
from veil.http.request import Request
from veil.http.response import Response, json_response
from veil.http.routing import Route
from veil.ports.api_keys import ApiKeyStore, Ledger
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore, JobTaskStore, UploadSessions
from veil.ports.media import MediaStore
from veil.use_cases.api_keys import let_in
from veil.use_cases.jobs import Approval, approve_job, call_back, cancel_job, create_job, show_job

KEY_HEADER = "access_token"
DIRECT_UPLOAD_PATH = "/v1/direct_upload/{file_name}"
# A redirect would be followed as GET by the contract's own client: 302 comes without a Location.
_APPROVALS = {
    Approval.GIVEN: (200, "The job is approved."),
    Approval.GIVEN_BEFORE: (202, "The job was approved before."),
    Approval.TOO_LATE: (202, "The job has ended; its report says how."),
    Approval.TOO_EARLY: (302, "The upload is not complete. Ask again."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsBackend:
    """What the routes work with.

    Attributes:
        session_uri: Returns the absolute URL, with a query, that takes a job's upload.
        available: The classes that an installed model finds.
        limit_bytes: Larger uploads are refused.
        check_webhook: Refuses an address that is never called.
    """

    keys: ApiKeyStore
    ledger: Ledger
    jobs: JobStore
    tasks: JobTaskStore
    media: MediaStore
    sessions: UploadSessions
    clock: Clock
    session_uri: Callable[[str], str]
    available: frozenset[ObjectClass]
    limit_bytes: int
    check_webhook: Callable[[str], None]

    def caller(self, headers: Mapping[str, str], scope: Scope) -> ApiKey:
        """Return the key that a request shows.

        Raises:
            KeyRefusedError: It shows none that is good for this.
        """
        return let_in(headers.get(KEY_HEADER, ""), scope, keys=self.keys, clock=self.clock)

    def create(self, key: ApiKey, name: str, model: object, config: object, place: tuple[str, ...]) -> Job:
        """Return a new job of the key.

        Raises:
            InvalidError: A value is wrong.
            RefusedError: The model is not available.
            ClassUnavailableError: No installed model finds what is to be hidden.
        """
        policy = read_policy(model, config, place)
        return create_job(
            key,
            policy,
            model=BLUR,
            file_name=label_of(name) or "file",
            available=self.available,
            jobs=self.jobs,
            clock=self.clock,
        )


def job_routes(backend: JobsBackend) -> tuple[Route, ...]:
    """Return every route of the contract whose body is small."""
    routes = _JobRoutes(backend)
    return (
        Route("POST", "/v1/create_upload_session", routes.create, operations.CREATE_SESSION),
        Route("POST", "/v1/start_upload", routes.create),
        Route("POST", "/v1/notify_on_job_status", routes.notify, operations.NOTIFY),
        Route("POST", "/v1/approve_job/{job_id}", routes.approve, operations.APPROVE),
        Route("GET", "/v1/job_result/{job_id}", routes.result, operations.JOB_RESULT),
        Route("GET", "/v1/get_job_result/{job_id}", routes.result),
        Route("POST", "/v1/cancel_job/{job_id}", routes.cancel, operations.CANCEL),
    )


def direct_upload(
    backend: JobsBackend, name: str, headers: Mapping[str, str], query: Mapping[str, Sequence[str]]
) -> Response:
    """Return the answer to a direct upload: where to send the file."""
    return answered(lambda: _direct_upload(backend, name, headers, query))


def _direct_upload(
    backend: JobsBackend, name: str, headers: Mapping[str, str], query: Mapping[str, Sequence[str]]
) -> Response:
    key = backend.caller(headers, Scope.JOBS_WRITE)
    if headers.get("x-ms-blob-type", "").lower() != "blockblob":
        raise RefusedError(400, "The header x-ms-blob-type must be BlockBlob.")
    if backend.ledger.balance(key.key_id) == 0:
        raise InsufficientCreditError("The API key has no credits.")
    given = {name: values[-1] for name, values in query.items()}
    job = backend.create(key, name, given.pop("model", None), given, ("query",))
    url = backend.session_uri(job.job_id)
    told = {"job_id": job.job_id}
    return json_response(307, {"url": url, "status_code": 307, "headers": told}, headers={"Location": url, **told})


class _JobRoutes:
    def __init__(self, backend: JobsBackend) -> None:
        self._backend = backend

    def create(self, request: Request) -> Response:
        return answered(lambda: self._create(request))

    def notify(self, request: Request) -> Response:
        return answered(lambda: self._notify(request))

    def approve(self, request: Request, job_id: str) -> Response:
        return answered(lambda: self._approve(request, job_id))

    def result(self, request: Request, job_id: str) -> Response:
        return answered(lambda: self._result(request, job_id))

    def cancel(self, request: Request, job_id: str) -> Response:
        return answered(lambda: self._cancel(request, job_id))

    def _create(self, request: Request) -> Response:
        parts = self._backend
        key = parts.caller(request.headers, Scope.JOBS_WRITE)
        body = json_object(request.body)
        name, size = body.get("file_name"), body.get("file_size", 0)
        if not isinstance(name, str):
            raise InvalidError(("body", "file_name"), "It must be the name of the file.")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise InvalidError(("body", "file_size"), "It must be a number of bytes.")
        if size > parts.limit_bytes:
            raise RefusedError(400, f"The file is larger than the limit of {parts.limit_bytes} bytes.")
        job = parts.create(key, name, body.get("model", BLUR), body.get("model_config"), ("body", "model_config"))
        return json_response(200, {"session_uri": parts.session_uri(job.job_id), "job_id": job.job_id})

    def _notify(self, request: Request) -> Response:
        parts = self._backend
        key = parts.caller(request.headers, Scope.JOBS_WRITE)
        # The contract does not say whether they travel in the query or in the body.
        queried = {name: values[-1] for name, values in request.query.items()}
        given = {**queried, **(json_object(request.body) if request.body.strip() else {})}
        job_id, url = (_text(given, name) for name in ("job_id", "callback_url"))
        parts.check_webhook(url)
        call_back(key, job_id, url, jobs=parts.jobs)
        return json_response(200, {"message": "The callback is registered."})

    def _approve(self, request: Request, job_id: str) -> Response:
        parts = self._backend
        key = parts.caller(request.headers, Scope.JOBS_WRITE)
        return approval_answer(key, job_id, parts)

    def _result(self, request: Request, job_id: str) -> Response:
        parts = self._backend
        key = parts.caller(request.headers, Scope.JOBS_READ)
        shown = show_job(key, job_id, jobs=parts.jobs, tasks=parts.tasks)
        return json_response(200, job_report(shown, parts.media))

    def _cancel(self, request: Request, job_id: str) -> Response:
        parts = self._backend
        key = parts.caller(request.headers, Scope.JOBS_WRITE)
        cancel_job(key, job_id, jobs=parts.jobs, tasks=parts.tasks, sessions=parts.sessions, clock=parts.clock)
        return json_response(200, {"message": "The job is cancelled."})


def approval_answer(key: ApiKey, job_id: str, parts: JobsBackend) -> Response:
    """Approve a job and return the answer, whose status says what came of it.

    Raises:
        JobNotFoundError: The key has no such job.
        InsufficientCreditError: The key has fewer credits than it costs.
    """
    status, text = _APPROVALS[approve_job(key, job_id, jobs=parts.jobs, clock=parts.clock)]
    return json_response(status, {"message": text})


def json_object(body: bytes) -> dict[str, object]:
    """Return the object that a request's body is.

    Raises:
        InvalidError: It is none.
    """
    try:
        value = strict_json(body.decode())
    except (JsonError, UnicodeDecodeError) as error:
        raise InvalidError(("body",), "It must be a JSON object in UTF-8.") from error
    if not isinstance(value, dict):
        raise InvalidError(("body",), "It must be a JSON object.")
    return value


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise InvalidError(("body", name), "It must be given, as text.")
    return value

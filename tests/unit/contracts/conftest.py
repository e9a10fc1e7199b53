"""The v2 API over memory adapters, called with the events that API Gateway sends."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from urllib.parse import parse_qsl

import pytest
from aws_lambda_powertools import Logger
from urllib3.filepost import encode_multipart_formdata

from tests.memory_adapters import MemoryClock, MemoryTaskStore, MemoryWorkQueue
from tests.memory_media import MemoryMediaStore, MemoryPartUploads
from veil.contracts.celantur_container.routes import container_routes
from veil.contracts.celantur_container.status import status_route
from veil.contracts.celantur_container.upload import announced_form
from veil.contracts.celantur_container.videos import video_routes
from veil.contracts.celantur_v1.buffered_upload import buffered_upload_route
from veil.contracts.celantur_v1.routes import file_routes, redirect_to_files
from veil.contracts.celantur_v1.upload import announced_file
from veil.contracts.celantur_v2.backend import TasksBackend
from veil.contracts.celantur_v2.routes import task_routes
from veil.contracts.syntonym.backend_routes import folder_routes
from veil.contracts.syntonym.operations import DIRECT_UPLOAD, JOB_ARCHIVE
from veil.contracts.syntonym.results import JOB_ARCHIVE_PATH
from veil.contracts.syntonym.routes import DIRECT_UPLOAD_PATH, job_routes
from veil.domain.errors import SignInRefusedError, WebhookRefusedError
from veil.domain.media import Artifact, MediaType, Upload, result_key
from veil.domain.policy import ObjectClass
from veil.domain.task import TaskStatus
from veil.http.api_gateway import GatewayApi
from veil.http.file_id import task_id_of
from veil.http.file_upload import UploadRules, is_form
from veil.http.files_backend import FilesBackend
from veil.http.router import Router
from veil.http.routing import Route
from veil.http.sign_in import sign_in_routes, signed_in
from veil.ports.accounts import SignedIn
from veil.use_cases.accept_upload import UploadIntake

JPEG = b"\xff\xd8\xff\xe0 a photo \xff\xd9"
ALL_RESULTS = tuple(artifact for artifact in Artifact if artifact is not Artifact.ORIGINAL)
AVAILABLE = frozenset({ObjectClass.FACE, ObjectClass.LICENSE_PLATE})
API_URL = "https://veil.example.org"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def rest_event(method, path, *, body=None, headers=(), owner=None, is_base64=False):
    """Return the event of a REST API proxy integration, as API Gateway sends it (payload format 1.0)."""
    path, _, query = path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    sent = {"Host": "veil.example.org", "User-Agent": "python-requests/2.32", **dict(headers)}
    if is_base64:
        body = base64.b64encode(body).decode()
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": _grouped(pairs) or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourceId": "2gxmpl",
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": f"/live{path}",
            "stage": "live",
            "accountId": "123456789012",
            "apiId": "70ixmpl4fl",
            "requestId": "e43c18d2-req",
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "python-requests/2.32"},
            **({"authorizer": {"claims": {"sub": owner, "token_use": "access"}}} if owner else {}),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _grouped(pairs):
    grouped = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def announced(owner, headers, query):
    """Return what a node makes of an upload: a form is the container's, all else v1's."""
    rules = UploadRules(AVAILABLE, refuse_inner_addresses)
    if is_form(headers.get("content-type", "")):
        return announced_form(owner, headers, query, rules=rules, api_url=API_URL)
    return announced_file(owner, headers, query, rules=rules)


@dataclass
class Answer:
    status: int
    text: str
    headers: dict

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def error(self):
        assert self.json.keys() == {"status_code", "error"}
        assert self.json["status_code"] == self.status
        return self.json["error"]


class KnownAccounts:
    """Knows one account."""

    def sign_in(self, username, password):
        if (username, password) != ("ana@example.org", "correct horse"):
            raise SignInRefusedError("no")
        return SignedIn("access", "identity", "refresh", 3600)


def refuse_inner_addresses(url):
    if "10.0.0.1" in url:
        raise WebhookRefusedError("The webhook is refused. It leads to an address that is not public.")


def created_by(task):
    return {"customer_id": task.owner, "task_id": task.task_id}


@dataclass
class Api:
    """A service in memory, and a caller of it."""

    clock: MemoryClock
    tasks: MemoryTaskStore
    media: MemoryMediaStore
    parts: MemoryPartUploads
    app: GatewayApi | None = None
    routes: tuple = ()
    files: FilesBackend | None = None
    queue: MemoryWorkQueue | None = None
    not_ready: str | None = None

    def call(self, method, path, body=None, *, owner="ana", headers=(), is_base64=False):
        event = rest_event(method, path, body=body, headers=headers, owner=owner, is_base64=is_base64)
        answer = self.app.answer(event)
        return Answer(answer["statusCode"], answer["body"], answer["headers"])

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body, **options):
        return self.call("POST", path, body if isinstance(body, str | bytes) else json.dumps(body), **options)

    def send(self, query="face=True", content=JPEG, *, owner="ana", headers=()):
        """Upload a raw image as clients of v1 do."""
        return self.call("POST", f"/v1/file?{query}", content, owner=owner, headers=headers, is_base64=True)

    def send_form(self, query="face=True", content=JPEG, *, is_async=True, headers=(), part=None, **options):
        """Upload an image as clients of the container do."""
        body, content_type = encode_multipart_formdata({"fileobject": part or ("a photo.jpg", content, "image/jpg")})
        sent = {"Content-Type": content_type, **dict(headers)} | ({"x-is-async": "1"} if is_async else {})
        return self.call("POST", f"/v1/file?{query}", body, headers=sent, is_base64=True, **options)

    def task_of(self, file_id, owner="ana"):
        return self.tasks.get(owner, task_id_of(file_id))

    def finish_file(self, file_id, tmp_path, **options):
        self.finish(created_by(self.task_of(file_id)), tmp_path, **options)

    def create(self, *, owner="ana", **parameters):
        answer = self.post("/v2/task", {"anonymization_method": "blur", "face": True, **parameters}, owner=owner)
        assert answer.status == 200, answer.text
        self.clock.advance(timedelta(seconds=1))
        return answer.json

    def finish(self, created, tmp_path, *, metadata='{"id": "x", "detections": []}', artifacts=ALL_RESULTS):
        """Take a created task through upload and work to done."""
        task = self.processing(created)
        for artifact in artifacts:
            file = tmp_path / artifact
            file.write_text(metadata, encoding="utf-8")
            self.media.put(
                result_key(task.owner, task.task_id, task.runs, artifact, task.result_type), file, media_type=""
            )
        self._save(task.finished("w1", artifacts, self.clock.now()))

    def fail(self, created, cause, reason=""):
        self._save(self.processing(created).failed(cause, self.clock.now(), reason))

    def processing(self, created):
        task = self.tasks.get(created["customer_id"], created["task_id"])
        if task.status is TaskStatus.NEW:
            upload = Upload(3, "image/jpeg", b"\xff\xd8\xff", "00")
            task = self._save(task.uploaded(upload, MediaType.JPEG, self.clock.now()))
        return self._save(task.claimed("w1", self.clock.now(), timedelta(minutes=1)))

    def _save(self, moved):
        self.tasks.save(moved)
        return moved.task


@pytest.fixture
def log():
    """What the service logs, as text."""
    return StringIO()


@pytest.fixture
def api(log, request):
    """A service in memory with models for faces and licence plates."""
    clock = MemoryClock(NOW)
    queue = MemoryWorkQueue(clock, visibility=timedelta(seconds=60))
    media = MemoryMediaStore(clock)
    api = Api(clock, MemoryTaskStore(), media, MemoryPartUploads(media), queue=queue)
    intake = UploadIntake(tasks=api.tasks, media=api.media, queue=queue, clock=clock)
    backend = TasksBackend(
        tasks=api.tasks,
        media=api.media,
        parts=api.parts,
        queue=queue,
        clock=clock,
        intake=intake,
        available=AVAILABLE,
        check_webhook=refuse_inner_addresses,
    )
    files = FilesBackend(
        tasks=api.tasks,
        media=api.media,
        clock=clock,
        intake=intake,
        available=backend.available,
    )
    api.files = files
    api.routes = (
        *sign_in_routes(partial(signed_in, accounts=KnownAccounts())),
        *task_routes(backend),
        buffered_upload_route(files, announced),
        *file_routes(files, redirect_to_files(api.media)),
        *container_routes(files, API_URL),
        *video_routes(files, redirect_to_files(api.media)),
        status_route(lambda: api.not_ready),
    )
    # Only a node has jobs yet; what they do is asked of a running one.
    api.routes_of_jobs = (
        *job_routes(None),
        *folder_routes(None),
        Route("PUT", DIRECT_UPLOAD_PATH, None, DIRECT_UPLOAD),
        Route("GET", JOB_ARCHIVE_PATH, None, JOB_ARCHIVE),
    )
    api.app = GatewayApi(Router(api.routes, logger=Logger(service=f"test-{request.node.name}", stream=log)))
    return api

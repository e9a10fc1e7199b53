"""The one address of the emulated AWS: moto, behind a door that knows who calls and what they may do."""

import io
import json
import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import parse_qs
from uuid import uuid4

from moto.dynamodb.models import dynamodb_backends
from moto.moto_api._internal import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.datastructures import EnvironHeaders

from tests.cloud.emulation.demands import demands
from tests.cloud.emulation.errors import AwsRefusalError
from tests.cloud.emulation.serving import Served
from tests.cloud.emulation.sessions import end_of, is_assumption, role_of
from tests.cloud.emulation.signatures import SignatureError, signed_at, signer_of
from tests.cloud.emulation.template import ACCOUNT, REGION
from tests.moto_patches import patch_moto

OPERATOR = "operator"
"""The access key of whoever deploys: no policy of the template is about it."""
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/")
_CHANGES = {
    "sqs": {"SendMessage", "SendMessageBatch", "ChangeMessageVisibility"},
    "dynamodb": {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"},
}
"""What gives those who read queues and the table's stream something to read."""
_HEADER = f"AWS4-HMAC-SHA256 Credential={{caller}}/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0"


patch_moto()


@dataclass
class Request:
    """A request whose body has been read."""

    environ: dict
    body: bytes = b""

    def __post_init__(self):
        length = self.environ.get("CONTENT_LENGTH")
        source = self.environ["wsgi.input"]
        if length:
            self.body = source.read(int(length))
        elif self.environ.get("HTTP_TRANSFER_ENCODING"):
            self.body = source.read()
        self.environ.pop("HTTP_TRANSFER_ENCODING", None)
        self.environ |= {"wsgi.input": io.BytesIO(self.body), "CONTENT_LENGTH": str(len(self.body))}
        self.method = self.environ["REQUEST_METHOD"]
        self.path = self.environ["PATH_INFO"]
        self.raw_path = self.environ["REQUEST_URI"].partition("?")[0]
        self.query = self.environ.get("QUERY_STRING", "")
        self.args = parse_qs(self.query, keep_blank_values=True)
        self.headers = EnvironHeaders(self.environ)


@dataclass
class Endpoint:
    """Serves the emulated AWS. What a caller may not do is refused and noted in `denials`."""

    rights: object = None
    operators: object = None
    sign_ins: object = None
    sessions: object = None
    stack: str = ""
    ahead: timedelta = timedelta()
    submit_job: object = None
    object_created: object = None
    changed: object = lambda: None
    denials: list = field(default_factory=list)

    def __post_init__(self):
        # moto has one world for the whole process, so there is one deployment at a time.
        moto_api_backend.reset()
        self._moto = DomainDispatcherApplication(create_backend_app)
        # moto takes a cancelled transaction back by putting the whole table back, with what others wrote meanwhile.
        self._one_at_a_time = Lock()
        self._served = Served(self, handler=MotoRequestHandler)
        self.url = self._served.url

    def close(self):
        self._served.close()

    def stream(self, table, start):
        """Return the records of a table's stream from the `start`th on."""
        with self._one_at_a_time:
            # moto puts a copy in a table's place when a transaction is cancelled: what was found before hears no more.
            return dynamodb_backends[ACCOUNT][REGION].tables[table].stream_shard.items[start:]

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            return self._answer(request, start_response)
        except AwsRefusalError as error:
            return _refused(error.code, str(error), start_response)

    def _answer(self, request, start_response):
        if self.sign_ins:
            self.sign_ins.check(request)
        credential = _CREDENTIAL.search(request.headers.get("Authorization", ""))
        if credential is None:
            return self._unsigned(request, start_response)
        caller, service = credential.groups()
        if caller == OPERATOR:
            return self._operated(request, service, start_response)
        return self._checked(request, caller, service, start_response)

    def _operated(self, request, service, start_response):
        if service == "cloudformation":
            return _told_in_xml(self.stack, start_response)
        answer = self.operators and self.operators.answer(request)
        if answer is not None:
            return _told(answer, start_response)
        return self._pass_on(request, service, start_response)

    def _unsigned(self, request, start_response):
        """Serve what needs no credentials: tokens, their keys, browsers' questions, and URLs that are signed."""
        if is_assumption(request):
            return _told_in_xml(self.sessions.assume(request), start_response)
        if "X-Amz-Target" in request.headers or "/.well-known/" in request.path or request.method == "OPTIONS":
            return self._moto(request.environ, start_response)
        try:
            caller = self._signer(request)
        except SignatureError as error:
            return _refusal("s3", str(error), start_response)
        # moto takes the body of whatever has no such header for a form, and loses it where it is none.
        request.environ["HTTP_AUTHORIZATION"] = _HEADER.format(caller=caller)
        return self._checked(request, caller, "s3", start_response)

    def _signer(self, request):
        """Return the role that signed a URL, as long as its credentials last."""
        now = datetime.now(UTC) + self.ahead
        access_key = signer_of(request, now)
        if now > end_of(access_key, signed_at(request)):
            raise SignatureError("ExpiredToken")
        return role_of(access_key)

    def _checked(self, request, caller, service, start_response):
        missing = [each for each in demands(service, request) if not self.rights.allows(caller, *each)]
        if missing:
            self.denials.append((caller, *missing[0]))
            return _refusal(service, "AccessDenied", start_response)
        return self._pass_on(request, service, self._discreet(request, caller, service, start_response))

    def _discreet(self, request, caller, service, start_response):
        """Say "forbidden" instead of "not there" to who may not list the bucket, as S3 does."""
        bucket = "arn:aws:s3:::" + request.path.lstrip("/").partition("/")[0]
        if service != "s3" or self.rights.allows(caller, "s3:ListBucket", bucket):
            return start_response

        def start(status, headers, *rest):
            return start_response("403 Forbidden" if status.startswith("404") else status, headers, *rest)

        return start

    def _pass_on(self, request, service, start_response):
        if service == "batch":
            return self._submit(request, start_response)
        if service == "cognito-identity":
            return _told(self.sessions.token(request), start_response)
        if service in _CHANGES:
            return self._read_or_changed(request, service, start_response)
        statuses = []

        def start(status, *rest):
            statuses.append(status)
            return start_response(status, *rest)

        body = list(self._moto(request.environ, start))
        if service == "s3" and statuses[0].startswith("200") and _creates_object(request):
            self.object_created(*request.path.lstrip("/").split("/", 1))
        return body

    def _read_or_changed(self, request, service, start_response):
        with self._one_at_a_time if service == "dynamodb" else nullcontext():
            body = list(self._moto(request.environ, start_response))
        if request.headers["X-Amz-Target"].rpartition(".")[2] in _CHANGES[service]:
            self.changed()
        return body

    def _submit(self, request, start_response):
        return _told(self.submit_job(json.loads(request.body)), start_response)


def _told(answer, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


def _told_in_xml(answer, start_response):
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [answer.encode()]


def _creates_object(request):
    if "/" not in request.path.lstrip("/"):
        return False
    if request.method == "PUT":
        return "partNumber" not in request.args
    return request.method == "POST" and "uploadId" in request.args


def _refusal(service, code, start_response):
    if service == "s3":
        start_response("403 Forbidden", [("Content-Type", "application/xml")])
        return [f"<Error><Code>{code}</Code><RequestId>{uuid4()}</RequestId></Error>".encode()]
    return _refused(f"{code}Exception", "No policy allows it.", start_response)


def _refused(code, message, start_response):
    start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
    return [json.dumps({"__type": code, "message": message}).encode()]

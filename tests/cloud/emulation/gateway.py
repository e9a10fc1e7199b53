"""API Gateway: the template's resources, methods, authorizer and answers, over HTTP."""

import logging
import re
from dataclasses import dataclass
from uuid import uuid4

import jwt
from werkzeug.wrappers import Request, Response

from tests.cloud.emulation.rest_event import PlainRequest, plain_answer, rest_event
from tests.cloud.emulation.runtime import InvocationError
from tests.cloud.emulation.serving import HEADERS, Served
from tests.cloud.emulation.template import ACCOUNT, REGION

_FUNCTION = re.compile(r"functions/(arn:aws:lambda:[^/]+)/invocations")
_NOWHERE = "MISSING_AUTHENTICATION_TOKEN"
_LARGEST_BODY = 10 * 1024 * 1024
_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """The gateway answers by itself; the text is the kind of answer."""


@dataclass(frozen=True)
class Door:
    """One method of one resource."""

    path: str
    pattern: re.Pattern
    method: str
    properties: dict


class Gateway:
    """Answers requests at `<url>`, which ends with the stage."""

    def __init__(self, template, functions, rights, keys_url):
        self._template = template
        self._functions = {each.arn: each for each in functions}
        self._rights = rights
        self._keys = jwt.PyJWKClient(keys_url)
        (self._stage,) = (each["StageName"] for each in template.of("ApiGateway::Stage").values())
        (self._api,) = template.of("ApiGateway::RestApi")
        self._answers = {each["ResponseType"]: each for each in template.of("ApiGateway::GatewayResponse").values()}
        doors = [self._door(each) for each in template.of("ApiGateway::Method").values()]
        # A resource with a fixed name goes before {proxy+}, a certain method before ANY.
        self._doors = sorted(doors, key=lambda door: ("{" in door.path, -len(door.path), door.method == "ANY"))
        self.reads_slashes = False
        self._served = Served(self)
        self.url = f"{self._served.url}/{self._stage}"

    def close(self):
        self._served.close()

    def __call__(self, environ, start_response):
        request = Request(environ)
        request_id = str(uuid4())
        try:
            response = self._answer(request, request_id)
        except RefusedError as refused:
            response = self._own_answer(str(refused))
        response.headers["x-amzn-RequestId"] = request_id
        return response(environ, start_response)

    def _answer(self, request, request_id):
        if (request.content_length or 0) > _LARGEST_BODY:
            raise RefusedError("REQUEST_TOO_LARGE")
        path = request.environ["REQUEST_URI"].partition("?")[0].removeprefix(f"/{self._stage}")
        door = self._find(request, path)
        if door.properties["Integration"]["Type"] == "MOCK":
            return _mock(door.properties["Integration"])
        claims = self._claims(request, door.properties)
        return self._invoke(door, request, path, claims, request_id)

    def _find(self, request, path):
        """Return the door; a slash at the end leads to the resource without one, unless `reads_slashes` is set.

        Nobody has said which of the two AWS does (docs/decisions/0008).
        """
        asked = path if self.reads_slashes else _short(path)
        for door in self._doors:
            if door.pattern.fullmatch(asked) and door.method in {request.method, "ANY"}:
                return door
        # Where no method says otherwise, the header is one of AWS's own signatures, and this one has no equal-sign.
        raise RefusedError("INCOMPLETE_SIGNATURE" if "Authorization" in request.headers else _NOWHERE)

    def _claims(self, request, properties):
        if properties["AuthorizationType"] == "NONE":
            return None
        authorizer = self._template.resources[properties["AuthorizerId"]["Ref"]]["Properties"]
        pools = self._template.resolve(authorizer["ProviderARNs"])
        token = request.headers.get("Authorization", "")
        token = re.sub("^bearer +", "", token, flags=re.IGNORECASE)
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key, algorithms=["RS256"], options={"verify_aud": False})
        except jwt.ExpiredSignatureError:
            raise RefusedError("EXPIRED_TOKEN") from None
        except jwt.PyJWTError:
            raise RefusedError("UNAUTHORIZED") from None
        if not any(pool.endswith("/" + claims["iss"].rpartition("/")[2]) for pool in pools):
            raise RefusedError("UNAUTHORIZED")
        _check_kind(claims, properties.get("AuthorizationScopes", []))
        return claims

    def _invoke(self, door, request, path, claims, request_id):
        function = self._functions[_FUNCTION.search(self._template.resolve(door.properties["Integration"]["Uri"]))[1]]
        source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self._api}/{self._stage}/{request.method}{_short(path)}"
        if not self._rights.may_invoke("apigateway.amazonaws.com", source, function.arn):
            raise RefusedError("DEFAULT_5XX")
        event = self._event(door, request, path, claims, request_id)
        try:
            answer = plain_answer(function.invoke(event))
        except InvocationError as error:
            _log.warning("%s", error)
            raise RefusedError("DEFAULT_5XX") from None
        return Response(answer.body, answer.status, list(answer.headers))

    def _event(self, door, request, path, claims, request_id):
        plain = PlainRequest(
            method=request.method,
            path=path,
            headers=list(request.environ[HEADERS]),
            query=list(request.args.items(multi=True)),
            body=request.get_data(),
            client=request.remote_addr,
            request_id=request_id,
        )
        event = rest_event(plain, owner=claims["sub"] if claims else None)
        event["resource"] = event["requestContext"]["resourcePath"] = door.path
        event["pathParameters"] = door.pattern.fullmatch(_short(path)).groupdict() or None
        event["requestContext"] |= {"stage": self._stage, "path": f"/{self._stage}{path}", "apiId": self._api}
        if claims:
            event["requestContext"]["authorizer"] = {"claims": {key: str(value) for key, value in claims.items()}}
        return event

    def _own_answer(self, kind):
        answer = self._answers.get(kind)
        if answer is None:
            return Response('{"message":"Invalid key=value pair (missing equal-sign) in Authorization header"}', 403)
        headers = {
            key.removeprefix("gatewayresponse.header."): value.strip("'")
            for key, value in answer.get("ResponseParameters", {}).items()
        }
        body = answer["ResponseTemplates"]["application/json"]
        return Response(body, int(answer["StatusCode"]), headers, content_type="application/json")

    def _door(self, properties):
        path = self._path(properties["ResourceId"])
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
        pattern = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", pattern)
        return Door(path, re.compile(pattern), properties["HttpMethod"], properties)

    def _path(self, resource):
        if "Fn::GetAtt" in resource:
            return "/"
        properties = self._template.resources[resource["Ref"]]["Properties"]
        return f"{self._path(properties['ParentId']).rstrip('/')}/{properties['PathPart']}"


def _short(path):
    """Return the path of the resource: API Gateway knows none with a slash at its end."""
    return path.rstrip("/") or "/"


def _check_kind(claims, scopes):
    """A method that asks for scopes takes access tokens that have one; one that does not takes identity tokens."""
    if not scopes:
        if claims["token_use"] != "id":
            raise RefusedError("UNAUTHORIZED")
    elif claims["token_use"] != "access" or not set(scopes) & set(claims["scope"].split()):
        raise RefusedError("UNAUTHORIZED")


def _mock(integration):
    (answer,) = integration["IntegrationResponses"]
    headers = {key.rpartition(".")[2]: value.strip("'") for key, value in answer["ResponseParameters"].items()}
    return Response(status=int(answer["StatusCode"]), headers=headers)

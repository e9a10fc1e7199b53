"""Sign-in: a user name and a password for an access token (contracts/celantur.md A.2)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from veil.domain.errors import SignInRefusedError
from veil.http.errors import SIGN_IN_FAILED, HttpError, refused_body, unexpected_value
from veil.http.json_body import read_object
from veil.http.object_schemas import TEXT, object_schema
from veil.http.operations import Operation
from veil.http.parameter_types import Schema
from veil.http.request import Request
from veil.http.response import Response, json_response
from veil.http.routing import Route
from veil.ports.accounts import Accounts, SignedIn

_REFUSED = f"{SIGN_IN_FAILED} The user name or the password is wrong."
_TOO_MANY = f"{SIGN_IN_FAILED} Too many attempts. Please try again later."

SIGN_IN = Operation(
    name="signIn",
    tag="Sign-in",
    summary="Get an access token",
    description="Send the access token, bare or after `Bearer `, in the Authorization header of every other call.",
    body="Credentials",
    answers=("Tokens",),
    refusals={
        400: "The body is missing or wrong.",
        401: "User name and password do not belong together.",
        429: "Too many attempts; the header Retry-After says when to try again.",
        500: "An unexpected error.",
    },
    needs_token=False,
)


SIGN_IN_PATHS = ("/v1/signin", "/v2/signin")


_ISSUED: dict[str, Schema] = {
    "AccessToken": TEXT,
    "ExpiresIn": {"type": "integer", "description": "Seconds."},
    "TokenType": {"const": "Bearer"},
    "RefreshToken": TEXT,
    "IdToken": TEXT,
}
SIGN_IN_SCHEMAS: dict[str, Schema] = {
    "Credentials": object_schema({"username": TEXT, "password": {**TEXT, "format": "password"}}),
    "Tokens": object_schema(
        {**_ISSUED, "ChallengeParameters": {"type": "object"}, "AuthenticationResult": object_schema(_ISSUED)}
    ),
}


def sign_in_routes(sign_in: Callable[[Request], Response]) -> tuple[Route, ...]:
    """Return POST /v1/signin and /v2/signin, which the function answers."""
    v1, v2 = SIGN_IN_PATHS
    return Route("POST", v1, sign_in, replace(SIGN_IN, name="signInV1")), Route("POST", v2, sign_in, SIGN_IN)


def signed_in(request: Request, *, accounts: Accounts) -> Response:
    """Return tokens in answer to a sign-in request.

    Raises:
        HttpError: There are no credentials in it, or they are wrong.
    """
    username, password = _credentials(request.text(failed=SIGN_IN_FAILED))
    try:
        return json_response(200, _tokens(accounts.sign_in(username, password)))
    except SignInRefusedError as error:
        raise HttpError(401, _REFUSED) from error


def too_many_attempts(retry_after_seconds: int) -> HttpError:
    """Return the refusal of a caller who has to wait before trying again."""
    return HttpError(429, _TOO_MANY, headers={"Retry-After": str(retry_after_seconds)})


def _credentials(body: str) -> tuple[str, str]:
    given = read_object(body, failed=SIGN_IN_FAILED)
    return _text(given, "username"), _text(given, "password")


def _text(given: dict[str, Any], key: str) -> str:
    if key not in given:
        raise refused_body(SIGN_IN_FAILED, f"{key} is required.")
    value = given[key]
    if not isinstance(value, str) or not value:
        raise unexpected_value(SIGN_IN_FAILED, key)
    return value


def _tokens(issued: SignedIn) -> dict[str, Any]:
    """Return the tokens in both shapes at once: documentation nests them, vendor clients read the top level."""
    tokens: dict[str, Any] = {
        "AccessToken": issued.access_token,
        "ExpiresIn": issued.expires_seconds,
        "TokenType": "Bearer",
        "RefreshToken": issued.refresh_token,
        "IdToken": issued.id_token,
    }
    return {**tokens, "ChallengeParameters": {}, "AuthenticationResult": tokens}

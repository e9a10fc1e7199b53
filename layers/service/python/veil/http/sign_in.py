"""Sign-in: a user name and a password for an access token (contracts/celantur.md A.2)."""

from dataclasses import replace
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver

from veil.domain.errors import SignInRefusedError
from veil.http.errors import (
    SIGN_IN_FAILED,
    HttpError,
    error_answer,
    json_answer,
    refused_body,
    unexpected_value,
)
from veil.http.json_body import body_text, read_object
from veil.http.operations import Operation, add_route
from veil.ports.accounts import Accounts, SignedIn

_REFUSED = f"{SIGN_IN_FAILED} The user name or the password is wrong."
_TOO_MANY = f"{SIGN_IN_FAILED} Too many attempts. Please try again later."

SIGN_IN = Operation(
    name="signIn",
    tag="Sign-in",
    summary="Get an access token",
    description="Send the access token, bare or after `Bearer `, in the Authorization header of every other call.",
    body="Credentials",
    answer="Tokens",
    refusals={
        400: "The body is missing or wrong.",
        401: "User name and password do not belong together.",
        429: "Too many attempts; the header Retry-After says when to try again.",
        500: "An unexpected error.",
    },
    needs_token=False,
)


def add_sign_in_route(app: ApiGatewayResolver, accounts: Accounts) -> None:
    """Give the resolver POST /v1/signin and /v2/signin, with and without a trailing slash."""

    def sign_in() -> Response[str]:
        return sign_in_answer(body_text(app.current_event, failed=SIGN_IN_FAILED), accounts=accounts)

    add_route(app, "POST", "/v1/signin", sign_in, replace(SIGN_IN, name="signInV1"))
    add_route(app, "POST", "/v2/signin", sign_in, SIGN_IN)


def sign_in_answer(body: str | None, *, accounts: Accounts) -> Response[str]:
    """Answer the body of a sign-in request; a refusal is an answer too.

    Needs no resolver, so that hashing a password does not keep other requests waiting.
    """
    try:
        username, password = _credentials(body)
        return json_answer(200, _tokens(accounts.sign_in(username, password)))
    except SignInRefusedError:
        return error_answer(HttpError(401, _REFUSED))
    except HttpError as error:
        return error_answer(error)


def too_many_attempts(retry_after_seconds: int) -> Response[str]:
    """Return the answer to a caller who has to wait before trying again."""
    return error_answer(HttpError(429, _TOO_MANY, headers={"Retry-After": str(retry_after_seconds)}))


def _credentials(body: str | None) -> tuple[str, str]:
    given = read_object(body, failed=SIGN_IN_FAILED)
    return _text(given, "username"), _text(given, "password")


def _text(given: dict[str, Any], key: str) -> str:
    if key not in given:
        raise refused_body(SIGN_IN_FAILED, f"{key} is required.")
    value = given[key]
    if not isinstance(value, str) or not value:
        raise unexpected_value(SIGN_IN_FAILED, key)
    return value


def _tokens(signed_in: SignedIn) -> dict[str, Any]:
    """Return the tokens in both shapes at once: documentation nests them, vendor clients read the top level."""
    tokens: dict[str, Any] = {
        "AccessToken": signed_in.access_token,
        "ExpiresIn": signed_in.expires_seconds,
        "TokenType": "Bearer",
        "RefreshToken": signed_in.refresh_token,
        "IdToken": signed_in.id_token,
    }
    return {**tokens, "ChallengeParameters": {}, "AuthenticationResult": tokens}

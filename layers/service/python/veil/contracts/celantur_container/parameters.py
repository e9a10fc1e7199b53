"""What the query of a form may have (contracts/celantur.md C.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from veil.domain.errors import PolicyError
from veil.domain.origin import WebhookHeader
from veil.http.errors import UPLOAD_FAILED, HttpError, refused_value
from veil.http.json_body import canonical
from veil.http.parameter_table import Parameter
from veil.http.parameter_types import Text
from veil.http.query_parameters import QUERY_PARAMETERS, Dialect

HEADER_NAME = "web_auth_header_name"
HEADER_VALUE = "web_auth_header_value"
_AS_HEADERS = frozenset({HEADER_NAME, HEADER_VALUE})

WEBHOOK_HEADER_PARAMETERS = (
    Parameter(
        name=HEADER_NAME,
        kind=Text({}),
        effect="Name of a header that is sent along with the webhook call; may be a header of the request instead.",
    ),
    Parameter(
        name=HEADER_VALUE, kind=Text({"format": "password"}), effect="Its value. Never shown again, never logged."
    ),
)
CONTAINER_PARAMETERS: tuple[Parameter, ...] = (*QUERY_PARAMETERS, *WEBHOOK_HEADER_PARAMETERS)
CONTAINER = Dialect(CONTAINER_PARAMETERS, is_lenient=True)


def with_headers(query: Mapping[str, Sequence[str]], headers: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """Return the query with those parameters that may come as headers; the contract does not say which they are."""
    named = {canonical(key) for key in query}
    extra = {key: [text] for key, text in headers.items() if canonical(key) in _AS_HEADERS - named}
    return {**query, **extra}


def webhook_header(values: Mapping[str, Any]) -> WebhookHeader | None:
    """Return the header that a query wants sent along with the webhook call.

    Raises:
        HttpError: It is half given, or would change the call itself.
    """
    name, value = values.get(HEADER_NAME), values.get(HEADER_VALUE)
    if name is None and value is None:
        return None
    if name is None or value is None:
        raise HttpError(400, f"{UPLOAD_FAILED} Please send both web-auth-header-name and web-auth-header-value.")
    try:
        return WebhookHeader(name, value)
    except PolicyError as error:
        raise refused_value(UPLOAD_FAILED, "web-auth-header", str(error)) from error

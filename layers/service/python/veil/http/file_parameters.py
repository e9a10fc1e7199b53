"""What the query of `POST /v1/file` asks for, as a policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veil.domain.errors import PolicyError
from veil.domain.origin import Origin, WebhookHeader, file_name
from veil.domain.policy import ObjectClass, Policy
from veil.http.errors import UPLOAD_FAILED, HttpError, refused_value, unexpected_value, unknown_parameter
from veil.http.file_dialects import HEADER_NAME, HEADER_VALUE, NAME, Dialect
from veil.http.json_body import JsonError, canonical, strict_json
from veil.http.kinds import Flag, Kind, Number
from veil.http.parameter_table import WEBHOOK
from veil.http.parameters import read_policy

_FLAGS = {"1": True, "0": False}
_UNSET = {"quality": "0"}


@dataclass(frozen=True, slots=True)
class FileParameters:
    """What a query asks for.

    Attributes:
        spelled: How the caller spelled each parameter given, by its name.
    """

    policy: Policy
    webhook: str | None
    origin: Origin
    spelled: Mapping[str, str]


def read_file_parameters(
    query: Mapping[str, Sequence[str]], dialect: Dialect, *, available: frozenset[ObjectClass]
) -> FileParameters:
    """Return what a query asks for. An empty value stands for a parameter that is not given.

    Args:
        query: The values of each key, decoded. Keys may have hyphens or underscores, flags any capitals.
        dialect: Whose words these are.
        available: The classes that an installed model finds; what a lenient dialect hides where none is named.

    Raises:
        HttpError: A parameter is unknown, given twice, or has a value that cannot be.
    """
    spelled: dict[str, str] = {}
    given: dict[str, object] = {}
    for key, text in _single_values(query, dialect):
        name = canonical(key)
        if name in spelled:
            raise refused_value(UPLOAD_FAILED, key, "It is given more than once.")
        spelled[name] = key
        if name not in dialect.parameters:
            raise unknown_parameter(UPLOAD_FAILED, key)
        if not _is_unset(name, text, dialect):
            given[name] = _as_json(dialect.parameters[name].kind, text, key)
    if dialect.is_lenient and not any(each.value in given for each in ObjectClass):
        given |= {each.value: True for each in available}
    values, policy = read_policy(given, spelled, dialect.parameters, failed=UPLOAD_FAILED)
    origin = Origin(api=dialect.api, name=file_name(values.get(NAME, "")), webhook_header=_webhook_header(values))
    return FileParameters(policy, values.get(WEBHOOK), origin, spelled)


def _single_values(query: Mapping[str, Sequence[str]], dialect: Dialect) -> list[tuple[str, str]]:
    known = {key: texts for key, texts in query.items() if canonical(key) in dialect.parameters}
    return [(key, text) for key, texts in (known if dialect.is_lenient else query).items() for text in texts]


def _is_unset(name: str, text: str, dialect: Dialect) -> bool:
    return not text.strip() or (dialect.is_lenient and _UNSET.get(name) == text)


def _as_json(kind: Kind, text: str, key: str) -> object:
    """Return the value that a JSON body would have had for the text of a query."""
    if isinstance(kind, Flag):
        return _FLAGS.get(text, text)
    if not isinstance(kind, Number):
        return text
    try:
        return strict_json(text)
    except JsonError as error:
        raise unexpected_value(UPLOAD_FAILED, key) from error


def _webhook_header(values: Mapping[str, Any]) -> WebhookHeader | None:
    name, value = values.get(HEADER_NAME), values.get(HEADER_VALUE)
    if name is None and value is None:
        return None
    if name is None or value is None:
        raise HttpError(400, f"{UPLOAD_FAILED} Please send both web-auth-header-name and web-auth-header-value.")
    try:
        return WebhookHeader(name, value)
    except PolicyError as error:
        raise refused_value(UPLOAD_FAILED, "web-auth-header", str(error)) from error

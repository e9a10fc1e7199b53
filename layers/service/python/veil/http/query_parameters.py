"""What the query of `POST /v1/file` asks for, as a policy: what the older APIs have in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from veil.domain.policy import AnonymizationMethod, ObjectClass, Policy
from veil.http.errors import UPLOAD_FAILED, refused_value, unexpected_value, unknown_parameter
from veil.http.json_body import JsonError, canonical, strict_json
from veil.http.operations import query_parameter
from veil.http.parameter_table import METHOD, PARAMETERS, Parameter
from veil.http.parameter_types import Choice, Flag, Kind, Number
from veil.http.policy_parameters import read_policy

_FLAGS = {"1": True, "0": False}
_UNSET = {"quality": "0"}
_METHOD = Parameter(
    name="method",
    kind=Choice(
        (
            AnonymizationMethod.BLUR,
            AnonymizationMethod.PIXELATE,
            AnonymizationMethod.BLACKEN,
            AnonymizationMethod.DETECT,
        )
    ),
    field="method",
    effect="How a region is hidden, drawn from the pixels outside it only. `detect` hides nothing: it "
    "makes masks and metadata, and no anonymized image.",
)


def _of_task(parameter: Parameter) -> Parameter:
    # Thresholds are the container's, though not v2's.
    return replace(parameter, is_ours=parameter.is_ours and parameter.field != "threshold")


QUERY_PARAMETERS: tuple[Parameter, ...] = (_METHOD, *(_of_task(each) for each in PARAMETERS if each.name != METHOD))
"""The parameters that both older APIs take."""


class Dialect:
    """How one API reads a query.

    Attributes:
        parameters: By name.
        is_lenient: Passes over unknown parameters, as the container's clients rely on, takes `quality=0` for
            a quality that is not given, which they send, and hides every class where none is named.
    """

    def __init__(self, parameters: Iterable[Parameter], *, is_lenient: bool = False) -> None:
        self.parameters: Mapping[str, Parameter] = {each.name: each for each in parameters}
        self.is_lenient = is_lenient


@dataclass(frozen=True, slots=True)
class QueryParameters:
    """What a query asks for.

    Attributes:
        values: As read, by the parameters' names; among them those that make no policy.
        spelled: How the caller spelled each parameter given, by its name.
    """

    policy: Policy
    values: Mapping[str, Any]
    spelled: Mapping[str, str]


def read_query(
    query: Mapping[str, Sequence[str]], dialect: Dialect, *, available: frozenset[ObjectClass]
) -> QueryParameters:
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
    return QueryParameters(policy, values, spelled)


def described(parameter: Parameter, *, note: str = "") -> dict[str, Any]:
    """Return a parameter as OpenAPI describes it in a query, where every value is a text."""
    schema = {key: value for key, value in parameter.kind.schema.items() if key != "anyOf"} or {"type": "string"}
    if parameter.default is not None and "enum" not in schema and schema["type"] != "string":
        schema = schema | {"default": parameter.default}
    return query_parameter(parameter.name, schema, parameter.effect + note)


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

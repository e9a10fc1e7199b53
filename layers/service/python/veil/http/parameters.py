"""What a v2 request asks for, as a policy, and a policy as the parameters that ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from veil.domain.errors import PolicyError
from veil.domain.policy import ObjectClass, Policy
from veil.http.errors import CREATE_FAILED, refused_body, refused_value, unexpected_value, unknown_parameter
from veil.http.json_body import canonical
from veil.http.kinds import WrongKindError
from veil.http.parameter_table import EVERY_CLASS, METHOD, PARAMETERS, WEBHOOK, Parameter, with_classes

_BY_NAME = {each.name: each for each in PARAMETERS}


@dataclass(frozen=True, slots=True)
class TaskParameters:
    """What a request to create a task asks for.

    Attributes:
        spelled: How the caller spelled each parameter given, by its name.
    """

    policy: Policy
    webhook: str | None
    spelled: Mapping[str, str]


def read_parameters(body: Mapping[str, object]) -> TaskParameters:
    """Return what a request body asks for. A null stands for a parameter that is not given.

    Raises:
        HttpError: A parameter is unknown, missing, or has a value that cannot be.
    """
    spelled = {canonical(key): key for key in body}
    for name, key in spelled.items():
        if name not in _BY_NAME:
            raise unknown_parameter(CREATE_FAILED, key)
    values: dict[str, Any] = {}
    policy = EVERY_CLASS
    for name, key in spelled.items():
        if body[key] is not None:
            values[name], policy = _read(_BY_NAME[name], body[key], policy, key)
    if METHOD not in values:
        raise refused_body(CREATE_FAILED, f"{METHOD} is required: blur, pixelate or blacken.")
    return TaskParameters(_chosen(policy, values), values.get(WEBHOOK), spelled)


def parameters_of(policy: Policy) -> dict[str, Any]:
    """Return the policy as the parameters that ask for it, as answers echo them."""
    return {each.name: each.render(policy) for each in PARAMETERS if each.field is not None}


def _read(parameter: Parameter, value: object, policy: Policy, key: str) -> tuple[Any, Policy]:
    try:
        read = parameter.kind.read(value)
        return read, parameter.applied(policy, read)
    except WrongKindError as error:
        raise unexpected_value(CREATE_FAILED, key) from error
    except PolicyError as error:
        raise refused_value(CREATE_FAILED, key, str(error)) from error


def _chosen(policy: Policy, values: Mapping[str, Any]) -> Policy:
    chosen = frozenset(each for each in ObjectClass if values.get(each.value))
    try:
        return with_classes(policy, chosen)
    except PolicyError as error:
        raise refused_body(CREATE_FAILED, str(error)) from error

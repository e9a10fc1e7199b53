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
    given = {name: body[key] for name, key in spelled.items() if body[key] is not None}
    if METHOD not in given:
        raise refused_body(CREATE_FAILED, f"{METHOD} is required: blur, pixelate or blacken.")
    values, policy = read_policy(given, spelled, _BY_NAME, failed=CREATE_FAILED)
    return TaskParameters(policy, values.get(WEBHOOK), spelled)


def read_policy(
    given: Mapping[str, object], spelled: Mapping[str, str], table: Mapping[str, Parameter], *, failed: str
) -> tuple[dict[str, Any], Policy]:
    """Return every parameter's value as it was read, and the policy that all of them make.

    Args:
        given: The JSON value of each parameter given, by its name in the table.
        spelled: How the caller spelled each.
        table: The parameters by name.
        failed: The sentence that the contract's error texts begin with.

    Raises:
        HttpError: A value cannot be, or no class is chosen.
    """
    values: dict[str, Any] = {}
    policy = EVERY_CLASS
    for name, value in given.items():
        try:
            values[name] = table[name].kind.read(value)
            policy = table[name].applied(policy, values[name])
        except WrongKindError as error:
            raise unexpected_value(failed, spelled[name]) from error
        except PolicyError as error:
            raise refused_value(failed, spelled[name], str(error)) from error
    chosen = frozenset(each for each in ObjectClass if values.get(each.value))
    try:
        return values, with_classes(policy, chosen)
    except PolicyError as error:
        raise refused_body(failed, str(error)) from error


def parameters_of(policy: Policy) -> dict[str, Any]:
    """Return the policy as the parameters that ask for it, as answers echo them."""
    return {each.name: each.render(policy) for each in PARAMETERS if each.field is not None}

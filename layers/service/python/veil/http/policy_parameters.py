"""The parameters of a policy: read from what a request gives, and told again in answers."""

from collections.abc import Mapping
from typing import Any

from veil.domain.errors import PolicyError
from veil.domain.policy import ObjectClass, Policy
from veil.http.errors import refused_body, refused_value, unexpected_value
from veil.http.parameter_table import EVERY_CLASS, PARAMETERS, Parameter, with_classes
from veil.http.parameter_types import WrongKindError


def read_policy(
    given: Mapping[str, object],
    spelled: Mapping[str, str],
    table: Mapping[str, Parameter],
    *,
    failed: str,
    base: Policy | None = None,
) -> tuple[dict[str, Any], Policy]:
    """Return every parameter's value as it was read, and the policy that all of them make.

    Args:
        given: The JSON value of each parameter given, by its name in the table.
        spelled: How the caller spelled each.
        table: The parameters by name.
        failed: The sentence that the contract's error texts begin with.
        base: What holds where nothing is given; None for the defaults, which hide no class.

    Raises:
        HttpError: A value cannot be, or no class is chosen.
    """
    values: dict[str, Any] = {}
    policy = base or EVERY_CLASS
    for name, value in given.items():
        try:
            values[name] = table[name].kind.read(value)
            policy = table[name].applied(policy, values[name])
        except WrongKindError as error:
            raise unexpected_value(failed, spelled[name]) from error
        except PolicyError as error:
            raise refused_value(failed, spelled[name], str(error)) from error
    hidden = base.classes if base else ()
    chosen = frozenset(each for each in ObjectClass if values.get(each.value, each in hidden))
    try:
        return values, with_classes(policy, chosen)
    except PolicyError as error:
        raise refused_body(failed, str(error)) from error


def parameters_of(policy: Policy) -> dict[str, Any]:
    """Return the policy as the parameters that ask for it, as answers echo them."""
    return {each.name: each.render(policy) for each in PARAMETERS if each.field is not None}

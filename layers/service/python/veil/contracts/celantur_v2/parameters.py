"""What the body of a v2 request asks for, as a policy."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from veil.domain.policy import Policy
from veil.http.errors import CREATE_FAILED, refused_body, unknown_parameter
from veil.http.json_body import canonical
from veil.http.parameter_table import METHOD, PARAMETERS, WEBHOOK
from veil.http.policy_parameters import read_policy

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
    """Return what a request body asks for. A null, or an empty webhook, stands for a parameter that is not given.

    Raises:
        HttpError: A parameter is unknown, missing, or has a value that cannot be.
    """
    given, spelled = given_parameters(body, _BY_NAME, failed=CREATE_FAILED)
    if METHOD not in given:
        raise refused_body(CREATE_FAILED, f"{METHOD} is required: blur, pixelate or blacken.")
    values, policy = read_policy(given, spelled, _BY_NAME, failed=CREATE_FAILED)
    return TaskParameters(policy, values.get(WEBHOOK), spelled)


def given_parameters(
    body: Mapping[str, object], known: Collection[str], *, failed: str
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the value of each parameter that a body gives, and how the caller spelled it, by its name.

    Raises:
        HttpError: There is no such parameter.
    """
    spelled = {canonical(key): key for key in body}
    for name, key in spelled.items():
        if name not in known:
            raise unknown_parameter(failed, key)
    given = {name: body[key] for name, key in spelled.items() if body[key] is not None}
    if given.get(WEBHOOK) == "":
        del given[WEBHOOK]
    return given, spelled

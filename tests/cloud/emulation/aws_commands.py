"""Commands of the AWS CLI, read by AWS's own description of its APIs: `aws dynamodb delete-table --table-name x`."""

import json
import shlex
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.validate import validate_parameters

_ABOUT_THE_PROGRAM = {"region", "query", "output"}


@dataclass(frozen=True)
class AwsCommand:
    """One call of an API, whose parameters are well formed."""

    service: str
    operation: str
    parameters: dict[str, Any]

    def call(self, clients):
        """Make the call by the client of its service."""
        return getattr(clients(self.service), xform_name(self.operation))(**self.parameters)


def read_command(line):
    """Return what a line of the shell asks for.

    Raises:
        ValueError: There is no such service, operation or option, or a value is not of its kind.
    """
    _, service, command, *words = shlex.split(line)
    model = _session().get_service_model(service)
    found = [each for each in model.operation_names if xform_name(each, "-") == command]
    if not found:
        raise ValueError(f"{service} has no operation {command}")
    shape = model.operation_model(found[0]).input_shape
    parameters = _parameters(shape.members, words)
    validate_parameters(parameters, shape)
    return AwsCommand(service, found[0], parameters)


@cache
def _session():
    return botocore.session.get_session()


def _parameters(members, words):
    by_option = {xform_name(name, "-"): (name, member) for name, member in members.items()}
    parameters, words = {}, list(words)
    while words:
        option = words.pop(0).removeprefix("--")
        if option in _ABOUT_THE_PROGRAM:
            words.pop(0)
            continue
        is_off = option not in by_option and option.startswith("no-")
        if option.removeprefix("no-" if is_off else "") not in by_option:
            raise ValueError(f"there is no option --{option}")
        name, member = by_option[option.removeprefix("no-" if is_off else "")]
        parameters[name] = (not is_off) if member.type_name == "boolean" else _value(member, words.pop(0))
    return parameters


def _value(shape, text):
    """Return a value by its kind: as JSON, in the CLI's shorthand for structures, or as it stands."""
    if shape.type_name in {"integer", "long", "double", "float"}:
        return json.loads(text)
    if shape.type_name == "list":
        return [_value(shape.member, text)]
    if shape.type_name == "structure":
        return dict(pair.split("=", 1) for pair in text.split(","))
    return text

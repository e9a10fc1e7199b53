"""The page for integrators has the same parameters as the code."""

import json

import pytest

from veil.http.list_query import LIST_PARAMETERS
from veil.http.parameter_table import PARAMETERS


@pytest.fixture(scope="module")
def lines(repository):
    return (repository / "docs" / "api" / "v2.md").read_text(encoding="utf-8").splitlines()


def as_code(value):
    return "" if value is None else f"`{json.dumps(value)}`"


def kind_of(parameter):
    schema = parameter.kind.schema
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if "minimum" in schema:
        return f"{schema['type']} {schema['minimum']} to {schema['maximum']}"
    return schema.get("type", "see below")


def row(parameter):
    source = "Veil" if parameter.is_ours else "contract"
    cells = (f"`{parameter.name}`", kind_of(parameter), as_code(parameter.default), parameter.effect, source)
    return f"| {' | '.join(cells)} |"


def test_every_parameter_of_a_task_stands_in_the_table_as_declared_and_no_other(lines):
    start = lines.index("| parameter | values | default | effect | from |") + 2

    assert lines[start : start + len(PARAMETERS) + 1] == [*(row(each) for each in PARAMETERS), ""]


def test_every_parameter_of_the_list_stands_in_the_table_as_declared_and_no_other(lines):
    start = lines.index("| parameter | effect |") + 2

    expected = [f"| `{each.name}` | {each.effect} |" for each in LIST_PARAMETERS]
    assert lines[start : start + len(expected) + 1] == [*expected, ""]

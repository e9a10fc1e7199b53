"""The page for integrators has the same parameters as the code."""

import json

import pytest

from veil.contracts.celantur_container.operations import PARTS_QUERY
from veil.contracts.celantur_container.parameters import CONTAINER_PARAMETERS, WEBHOOK_HEADER_PARAMETERS
from veil.contracts.celantur_v1.parameters import V1_PARAMETERS
from veil.contracts.celantur_v2.list_query import LIST_PARAMETERS
from veil.contracts.celantur_v2.rendering import ADD, WITHOUT
from veil.contracts.celantur_v2.upload_parts import BEGIN_PARAMETERS, COMPLETE_PARAMETERS
from veil.contracts.document import document as openapi_document
from veil.http.parameter_table import PARAMETERS


@pytest.fixture(scope="module")
def lines(repository):
    return (repository / "docs" / "api" / "v2.md").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def v1_lines(repository):
    return (repository / "docs" / "api" / "v1.md").read_text(encoding="utf-8").splitlines()


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
    return line(*cells_of(parameter), "Veil" if parameter.is_ours else "contract")


def cells_of(parameter):
    return f"`{parameter.name}`", kind_of(parameter), as_code(parameter.default), parameter.effect


def line(*cells):
    return f"| {' | '.join(cells)} |"


def v1_row(parameter):
    bodies = (("raw", V1_PARAMETERS), ("form", CONTAINER_PARAMETERS))
    taken_by = " and ".join(name for name, table in bodies if parameter in table)
    return line(*cells_of(parameter), taken_by, "Veil" if parameter.is_ours else "contract")


def test_every_parameter_of_a_task_stands_in_the_table_as_declared_and_no_other(lines):
    start = lines.index("| parameter | values | default | effect | from |") + 2

    assert lines[start : start + len(PARAMETERS) + 1] == [*(row(each) for each in PARAMETERS), ""]


def test_what_changes_findings_stands_in_a_table_as_declared(lines):
    section = lines[lines.index("## Drawing again") :]
    start = section.index("| parameter | effect |") + 2

    expected = [f"| `{each.name}` | {each.effect} |" for each in (WITHOUT, ADD)]
    assert section[start : start + len(expected) + 1] == [*expected, ""]


@pytest.mark.parametrize(("path", "taken"), [("parts", BEGIN_PARAMETERS), ("parts/complete", COMPLETE_PARAMETERS)])
def test_what_uploads_in_parts_take_stands_in_tables_as_declared(lines, path, taken):
    start = lines.index(f"| of `POST .../{path}` | effect |") + 2

    assert lines[start : start + len(taken) + 1] == [*(f"| `{each.name}` | {each.effect} |" for each in taken), ""]


def test_every_parameter_of_the_list_stands_in_the_table_as_declared_and_no_other(lines):
    start = lines.index("| parameter | effect |") + 2

    expected = [f"| `{each.name}` | {each.effect} |" for each in LIST_PARAMETERS]
    assert lines[start : start + len(expected) + 1] == [*expected, ""]


def test_every_parameter_of_a_v1_upload_stands_in_the_table_as_declared_and_no_other(v1_lines):
    start = v1_lines.index("| parameter | values | default | effect | body | from |") + 2

    expected = [v1_row(each) for each in (*V1_PARAMETERS, *WEBHOOK_HEADER_PARAMETERS)]
    assert v1_lines[start : start + len(expected) + 1] == [*expected, ""]


def test_every_parameter_of_a_v1_deletion_stands_in_the_table_as_declared_and_no_other(v1_lines):
    start = v1_lines.index("| parameter | effect |") + 2

    expected = [f"| `{each['name']}` | {each['description']} |" for each in PARTS_QUERY]
    assert v1_lines[start : start + len(expected) + 1] == [*expected, ""]


def test_every_v1_path_stands_in_a_table_of_endpoints(v1_lines, repository):
    text = "\n".join(v1_lines) + (repository / "docs" / "api" / "syntonym.md").read_text(encoding="utf-8")

    paths = [path.replace("{file_id}", "{id}") for path in openapi_document()["paths"] if path.startswith("/v1")]
    missing = [path for path in paths if path not in text and f"...{path.removeprefix('/v1/file/{id}')}" not in text]
    assert missing == ["/v1/file/{id}/video/anonymized"]

"""The OpenAPI document and the reference page agree with the code."""

import base64
import hashlib
import json
import re
import subprocess
import sys

import pytest
from aws_lambda_powertools.event_handler.openapi.models import OpenAPI

from veil.contracts.document import document as openapi_document
from veil.contracts.document import document_json, schemas
from veil.http.parameter_table import PARAMETERS
from veil.node.reference_page import reference_page

REGENERATE = "run `make openapi`"


@pytest.fixture(scope="module")
def document():
    return openapi_document()


def test_the_committed_document_is_current(repository):
    committed = (repository / "docs" / "api" / "openapi.json").read_text(encoding="utf-8")

    assert committed == document_json(), REGENERATE


def test_the_document_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")

    OpenAPI.model_validate(document)


def test_every_reference_leads_somewhere(document):
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))

    assert references == set(document["components"]["schemas"])


def test_every_route_is_described_once_and_no_other(document, api):
    served = {(route.path, route.method.lower()) for route in (*api.routes, *api.routes_of_jobs) if route.operation}

    described = {(path, method) for path, item in document["paths"].items() for method in item}

    assert described == served


def test_a_path_with_parameters_has_those_of_its_query_as_well(document):
    mask = document["paths"]["/v1/file/{file_id}/binary-mask"]["get"]

    assert [(each["name"], each["in"]) for each in mask["parameters"]] == [("file_id", "path"), ("mask-scale", "query")]


def test_every_route_but_sign_in_and_status_needs_a_token(document):
    open_to_all = {
        path for path, item in document["paths"].items() for operation in item.values() if "security" not in operation
    }

    assert open_to_all == {"/v1/signin", "/v2/signin", "/v1/status"}


def documented_keys(schema, named):
    """Return (required, all) keys of an object schema, following its references."""
    if "$ref" in schema:
        return documented_keys(named[schema["$ref"].rpartition("/")[2]], named)
    required, every = set(schema.get("required", [])), set(schema.get("properties", []))
    for part in schema.get("allOf", []):
        more_required, more = documented_keys(part, named)
        required, every = required | more_required, every | more
    return required, every


def test_answers_have_the_documented_keys(document, api, tmp_path):
    created = api.create()
    api.finish(created, tmp_path)
    task = f"/v2/task/{created['task_id']}"
    answers = {
        "CreatedTask": created,
        "Task": api.get(task).json,
        "TaskStatus": api.get(f"{task}/status").json,
        "TaskPage": api.get("/v2/task").json,
        "DeletedTask": api.call("DELETE", task).json,
        "Error": api.get(task).json,
        "ServiceStatus": api.get("/v1/status").json,
        "Tokens": api.post("/v2/signin", {"username": "ana@example.org", "password": "correct horse"}).json,
    }

    for name, answer in answers.items():
        required, every = documented_keys(document["components"]["schemas"][name], schemas())
        assert required <= answer.keys() <= every, name


def test_the_request_body_has_every_parameter_with_its_default(document):
    properties = document["components"]["schemas"]["NewTask"]["properties"]

    assert properties.keys() == {each.name for each in PARAMETERS}
    assert properties["quality"]["default"] == 90
    assert properties["face"]["default"] is False


def test_the_module_writes_the_document_to_a_path(tmp_path):
    path = tmp_path / "openapi.json"

    subprocess.run([sys.executable, "-W", "error", "-m", "veil.contracts.document", path], check=True, timeout=60)

    assert path.read_text(encoding="utf-8") == document_json()


def test_the_reference_page_holds_everything_and_may_load_nothing_from_elsewhere():
    page = reference_page()

    assert '"operationId": "createTask"' in page.html
    assert "validatorUrl: null" in page.html
    outside = page.html.replace(_strings_of_scripts(page.html), "")
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=", outside)


def test_a_browser_runs_the_scripts_of_the_reference_page_and_no_other():
    page = reference_page()
    allowed = dict(each.split(" ", 1) for each in page.policy.split("; "))
    inline = {tag: re.findall(rf"<{tag}>(.*?)</{tag}>", page.html, re.DOTALL) for tag in ("script", "style")}

    assert allowed["default-src"] == allowed["base-uri"] == allowed["frame-ancestors"] == "'none'"
    assert allowed["connect-src"] == "'self'"
    for tag, texts in inline.items():
        digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in texts]
        assert allowed[f"{tag}-src"] == " ".join(f"'sha256-{each}'" for each in digests)
    assert "unsafe" not in page.policy


def test_the_newest_api_comes_first(document):
    assert next(iter(document["paths"])) == "/v2/signin"
    assert [each["name"] for each in document["tags"]][:2] == ["Sign-in", "Tasks"]
    used = {tag for item in document["paths"].values() for operation in item.values() for tag in operation["tags"]}
    assert used == {each["name"] for each in document["tags"]}


def test_the_task_that_the_reference_shows_can_be_created(document, api):
    body = document["paths"]["/v2/task"]["post"]["requestBody"]["content"]["application/json"]

    assert api.post("/v2/task", body["example"]).status == 200


def _strings_of_scripts(page):
    """Return the bundled script: it contains markup as text, which loads nothing by itself."""
    return page[page.index("<script>") : page.rindex("<script>")]

"""Whatever a function answers, API Gateway leads there; the two tables do not know each other."""

import re

import pytest

from infra.routes import ROUTES
from veil.adapters.folders.signed_urls import SESSION_FORM
from veil.contracts.celantur_container.status import status_route
from veil.contracts.celantur_v1.buffered_upload import buffered_upload_route
from veil.contracts.celantur_v1.routes import file_routes
from veil.contracts.celantur_v2.routes import task_routes
from veil.contracts.syntonym.operations import API_KEY, DIRECT_UPLOAD
from veil.contracts.syntonym.routes import DIRECT_UPLOAD_PATH, job_routes
from veil.http.routing import Route
from veil.http.sign_in import sign_in_routes

ANSWERED = {
    "tasks_api": (*task_routes(None), status_route(None)),
    "files_api": (buffered_upload_route(None, None), *file_routes(None, None)),
    "sign_in": sign_in_routes(None),
    "jobs_api": (*job_routes(None), Route("PUT", DIRECT_UPLOAD_PATH, None, DIRECT_UPLOAD)),
    "upload_blocks": (Route("PUT", f"{SESSION_FORM.path}{{job_id}}", None),),
}


def led_to(method, path):
    """Return the route of the gateway that takes a request: a fixed path goes before {proxy+}."""
    for route in sorted(ROUTES, key=lambda each: ("{" in each.path, -len(each.path))):
        pattern = re.escape(route.path).replace(re.escape("{proxy+}"), ".+")
        if re.fullmatch(pattern, path) and route.method in {method, "ANY"}:
            return route
    return None


@pytest.mark.parametrize(
    ("function", "route"), [(function, route) for function, routes in ANSWERED.items() for route in routes]
)
def test_the_gateway_leads_to_the_function_that_answers(function, route):
    led = led_to(route.method, re.sub(r"\{\w+\}", "7", route.path))

    assert led is not None
    assert led.function == function
    if route.operation:
        # API Gateway knows access tokens only; at API keys the function looks itself.
        assert led.is_open is not (route.operation.needs_token and route.operation.security != API_KEY)

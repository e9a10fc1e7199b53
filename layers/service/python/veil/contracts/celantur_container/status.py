"""Whether the service is ready (contracts/celantur.md C.1)."""

from collections.abc import Callable

from veil.http.errors import HttpError
from veil.http.operations import Operation
from veil.http.request import Request
from veil.http.response import Response, json_response
from veil.http.routing import Route

STATUS = Operation(
    name="getServiceStatus",
    tag="Service",
    summary="Is the service ready?",
    description="Needs no access token.",
    answers=("ServiceStatus",),
    refusals={500: "Not ready; the text says why."},
    needs_token=False,
)


def status_route(why_not_ready: Callable[[], str | None]) -> Route:
    """Return GET /v1/status.

    Args:
        why_not_ready: Returns None when the service is ready, else the reason why it is not.
    """

    def status(_request: Request) -> Response:
        reason = why_not_ready()
        if reason is not None:
            raise HttpError(500, reason)
        return json_response(200, {"status": "ready"})

    return Route("GET", "/v1/status", status, STATUS)

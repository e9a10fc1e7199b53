"""Whether the service is ready (contracts/celantur.md C.1)."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver

from veil.http.errors import HttpError, json_answer
from veil.http.operations import Operation, add_route

STATUS = Operation(
    name="getServiceStatus",
    tag="Service",
    summary="Is the service ready?",
    description="Needs no access token.",
    answer="ServiceStatus",
    refusals={500: "Not ready; the text says why."},
    needs_token=False,
)


def add_status_route(app: ApiGatewayResolver, why_not_ready: Callable[[], str | None]) -> None:
    """Give the resolver GET /v1/status.

    Args:
        app: The resolver.
        why_not_ready: Returns None when the service is ready, else the reason why it is not.
    """

    def status() -> Response[str]:
        reason = why_not_ready()
        if reason is not None:
            raise HttpError(500, reason)
        return json_answer(200, {"status": "ready"})

    add_route(app, "GET", "/v1/status", status, STATUS)

"""A table of routes with its one shape for everything that goes wrong."""

import traceback
from collections.abc import Iterable

from aws_lambda_powertools import Logger

from veil.http.errors import HttpError, error_response, refusal_of
from veil.http.request import Request
from veil.http.response import Response
from veil.http.routing import Route, RouteTable


class Router:
    """Answers requests by its routes. Keeps nothing between them, so any number may be answered at once."""

    def __init__(self, routes: Iterable[Route], *, logger: Logger) -> None:
        self.table = RouteTable(routes)
        self._logger = logger

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; a refusal is an answer too."""
        try:
            return self._routed(request)
        except HttpError as error:
            return error_response(error)
        except Exception as error:  # noqa: BLE001  # process boundary: whoever calls gets an answer
            self._log(error, request)
            return error_response(refusal_of(error))

    def _routed(self, request: Request) -> Response:
        if request.method == "OPTIONS" and (methods := self.table.methods(request.path)):
            return Response(204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})
        match = self.table.find(request.method, request.path)
        response: Response = match.route.handler(request, **match.parameters)
        return response

    def _log(self, error: Exception, request: Request) -> None:
        """Tell what happened and where, but not the error's message: it may quote a body, a token or a URL."""
        self._logger.error(
            "unexpected error",
            extra={
                "request_id": request.request_id,
                "error_type": type(error).__qualname__,
                "raised_at": traceback.format_tb(error.__traceback__),
            },
        )

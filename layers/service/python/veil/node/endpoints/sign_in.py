"""The node's sign-in, which slows down whoever keeps guessing."""

from http import HTTPStatus

from veil.http.errors import HttpError
from veil.http.json_body import JsonError, strict_json
from veil.http.request import Request
from veil.http.response import Response
from veil.http.sign_in import signed_in, too_many_attempts
from veil.node.endpoints.sign_in_limit import SignInLimit
from veil.node.metrics import NodeMetrics
from veil.ports.accounts import Accounts


class LimitedSignIn:
    """Answers sign-in requests, and fewer of them to whoever keeps guessing."""

    def __init__(self, accounts: Accounts, metrics: NodeMetrics, limit: SignInLimit) -> None:
        self._accounts = accounts
        self._metrics = metrics
        self._limit = limit

    def __call__(self, request: Request) -> Response:
        """Return tokens. Slow, as verifying a password is: let only a few run at once.

        Raises:
            HttpError: The credentials are wrong, or too many of this address or account were.
        """
        account = _username(request.body)
        if seconds := self._limit.wait_seconds(request.client, account):
            self._count("limited")
            raise too_many_attempts(seconds)
        try:
            response = signed_in(request, accounts=self._accounts)
        except HttpError as error:
            if error.status_code == HTTPStatus.UNAUTHORIZED:
                self._limit.refused(request.client, account)
            self._count("refused")
            raise
        self._limit.accepted(request.client, account)
        self._count("accepted")
        return response

    def _count(self, outcome: str) -> None:
        self._metrics.sign_ins.labels(outcome).inc()


def _username(body: bytes) -> str:
    """Return the user name in a request body as far as it has one; only the limit needs it here."""
    try:
        fields = strict_json(body.decode())
    except (JsonError, UnicodeDecodeError):
        return ""
    return str(fields.get("username", "")) if isinstance(fields, dict) else ""

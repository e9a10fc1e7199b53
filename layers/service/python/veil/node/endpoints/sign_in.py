"""The node's sign-in: outside the resolver's lock, for a password takes a tenth of a second to verify."""

from aws_lambda_powertools.event_handler import Response

from veil.http.json_body import JsonError, strict_json
from veil.http.sign_in import sign_in_answer, too_many_attempts
from veil.node.endpoints.rest_event import PlainAnswer
from veil.node.endpoints.sign_in_limit import SignInLimit
from veil.node.metrics import NodeMetrics
from veil.ports.accounts import Accounts

ACCEPTED, REFUSED = 200, 401


class SignInDoor:
    """Answers sign-in requests, and fewer of them to whoever keeps guessing."""

    def __init__(self, accounts: Accounts, metrics: NodeMetrics, limit: SignInLimit) -> None:
        self._accounts = accounts
        self._metrics = metrics
        self._limit = limit

    def answer(self, body: str, address: str) -> PlainAnswer:
        """Return the answer to a request body from a client's address. Slow: let only a few run at once."""
        account = _username(body)
        if seconds := self._limit.wait_seconds(address, account):
            self._metrics.sign_ins.labels("limited").inc()
            return _plain(too_many_attempts(seconds))
        answer = sign_in_answer(body, accounts=self._accounts)
        if answer.status_code == REFUSED:
            self._limit.refused(address, account)
        elif answer.status_code == ACCEPTED:
            self._limit.accepted(address, account)
        self._metrics.sign_ins.labels("accepted" if answer.status_code == ACCEPTED else "refused").inc()
        return _plain(answer)


def _plain(answer: Response[str]) -> PlainAnswer:
    headers = [(name, value) for name, value in answer.headers.items() if isinstance(value, str)]
    return PlainAnswer(answer.status_code, headers, str(answer.body).encode())


def _username(body: str) -> str:
    """Return the user name in a request body as far as it has one; only the limit needs it here."""
    try:
        fields = strict_json(body)
    except JsonError:
        return ""
    return str(fields.get("username", "")) if isinstance(fields, dict) else ""

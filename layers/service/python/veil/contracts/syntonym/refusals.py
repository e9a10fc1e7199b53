"""What a refusal of this contract looks like: `{"detail": ...}`, as the framework of the original has it."""

from collections.abc import Callable
from typing import TypeVar

from veil.domain.errors import (
    InsufficientCreditError,
    JobFileError,
    JobNotFoundError,
    KeyRefusedError,
    RequestError,
    StaleJobError,
    StaleTaskError,
    TaskDeletedError,
    TaskNotFoundError,
    TooManyJobsError,
    VeilError,
)
from veil.http.response import Response, json_response

Answer = TypeVar("Answer")
_STATUS = {
    KeyRefusedError: 401,
    InsufficientCreditError: 402,
    JobNotFoundError: 404,
    JobFileError: 404,
    TaskNotFoundError: 404,
    TaskDeletedError: 404,
    StaleJobError: 400,
    TooManyJobsError: 429,
    StaleTaskError: 400,
    RequestError: 400,
}


class RefusedError(VeilError):
    """An answer that is none of the contract's good ones.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class InvalidError(VeilError):
    """A member of the request has a wrong value: 422.

    Attributes:
        place: Where it is, such as body and model.
    """

    def __init__(self, place: tuple[str, ...], text: str) -> None:
        super().__init__(text)
        self.place = place


def answered(handler: Callable[[], Answer]) -> Answer | Response:
    """Return what the handler returns, or the refusal that its error stands for."""
    try:
        return handler()
    except InvalidError as error:
        return json_response(422, {"detail": [{"loc": [*error.place], "msg": str(error), "type": "value_error"}]})
    except RefusedError as error:
        return json_response(error.status, {"detail": str(error)})
    except VeilError as error:
        status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), None)
        if status is None:
            raise
        return json_response(status, {"detail": str(error)})

"""What a refusal looks like: the v2 contract's `{"status_code", "error"}` and its texts (A.5, A.8)."""

from collections.abc import Mapping

from veil.domain.errors import StoreBusyError, StoreFullError, VeilError
from veil.http.response import Response, json_response

CREATE_FAILED = "Could not create task."
RENDER_FAILED = "Could not draw the task again."
PARTS_FAILED = "Could not take the parts."
LIST_FAILED = "Could not list tasks."
SIGN_IN_FAILED = "Could not sign in."
UPLOAD_FAILED = "Could not take the file."

BUSY_RETRY_SECONDS = 10
UNAUTHORIZED = 401
OPERATOR = "the operator of this service"
NOT_SIGNED_IN = "Not signed in. Please send the access token of POST /v2/signin in the Authorization header."
NO_TASK_ID = "Getting task results failed. Please enter a task ID."
TASK_DELETED = "Task is deleted. Please upload a new task."


class HttpError(VeilError):
    """An answer that is not 200, raised from wherever it becomes clear.

    Attributes:
        status_code: The HTTP status, repeated in the body.
        text: What the caller reads.
    """

    def __init__(self, status_code: int, text: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status_code = status_code
        self.text = text
        self.headers = dict(headers or {})


def error_body(status_code: int, text: str) -> dict[str, int | str]:
    """Return the body of every answer that is not 200."""
    return {"status_code": status_code, "error": text}


def error_response(error: HttpError) -> Response:
    """Return the answer that an error stands for."""
    # RFC 9110, 15.5.2: whoever is refused for want of credentials is told which are taken.
    headers = error.headers | ({"WWW-Authenticate": "Bearer"} if error.status_code == UNAUTHORIZED else {})
    return json_response(error.status_code, error_body(error.status_code, error.text), headers=headers)


def refusal_of(cause: Exception) -> HttpError:
    """Return the refusal of a request that its caller need not change; of what nobody expected it tells nothing."""
    match cause:
        case StoreFullError():  # RFC 4918, 11.5
            text = "There is no room for anything more. Please try again later, or delete what you no longer need."
            return HttpError(507, text)
        case StoreBusyError():
            headers = {"Retry-After": str(BUSY_RETRY_SECONDS)}
            return HttpError(503, "The service is busy. Please try again in a few seconds.", headers=headers)
        case _:
            text = f"An unexpected error occurred. If the problem persists, please contact {OPERATOR}."
            return HttpError(500, text)


def unknown_parameter(failed: str, parameter: str) -> HttpError:
    """Return the contract's error 1, naming the parameter as the caller spelled it."""
    return HttpError(400, f"{failed} {parameter} parameter caused an error. This parameter does not exist.")


def unexpected_value(failed: str, parameter: str) -> HttpError:
    """Return the contract's error 2: the value has a type or a word that the parameter does not take."""
    return HttpError(400, f"{failed} {parameter} parameter received an unexpected value.")


def refused_value(failed: str, parameter: str, cause: str) -> HttpError:
    """Return the contract's error 3: the value is of the right kind but cannot be."""
    return HttpError(400, f"{failed} {parameter} parameter value caused an error. {cause}")


def refused_body(failed: str, cause: str) -> HttpError:
    """Return the contract's error 4."""
    return HttpError(400, f"{failed} Request body is not correct. {cause}")


def missing_body(failed: str) -> HttpError:
    """Return the contract's error 5."""
    return HttpError(400, f"{failed} Please add a JSON body.")


def wrong_task_id(text: str) -> HttpError:
    """Return the refusal of a task id that is not an integer."""
    return HttpError(400, f"Wrong format for Task ID. {text} is not an integer.")


def unknown_task(text: str) -> HttpError:
    """Return the refusal of an id that belongs to no task of the caller: status 400 by contract, not 404."""
    return HttpError(400, f"Task ID not found. There is no task with task ID {text}.")


def unknown_file(text: str) -> HttpError:
    """Return v1's refusal of an id that belongs to no file of the caller."""
    return HttpError(404, f"File ID not found. There is no file with ID {text}.")


def deleted_file(text: str) -> HttpError:
    """Return v1's refusal to answer with what was deleted."""
    return HttpError(404, f"File {text} is deleted.")


def too_large(limit_bytes: int) -> HttpError:
    """Return the refusal of a file that has more bytes than are taken."""
    return HttpError(413, f"The file is larger than the limit of {limit_bytes} bytes.")


def too_many_tasks(failed: str, cause: str) -> HttpError:
    """Return the refusal of one more task; what ends or is deleted makes room for others."""
    return HttpError(429, f"{failed} {cause} Please wait until some have ended, or delete some.")

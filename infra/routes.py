"""Which path leads to which function, and where no token is asked for."""

from typing import NamedTuple


class Route(NamedTuple):
    """One method of one resource; `function` is the folder that answers it."""

    method: str
    path: str
    function: str
    is_open: bool = False


# ANY, where a function itself says which methods it has. A path's slash at the end is led here, too, whichever way
# API Gateway reads it (docs/decisions/0008). What no path leads to gets its 404 from a function without rights to
# any data: API Gateway itself takes an Authorization header there for a signature of AWS's, and says 403.
ROUTES = (
    Route("POST", "/v2/signin", "sign_in", is_open=True),
    Route("POST", "/v2/signin/{proxy+}", "sign_in", is_open=True),
    Route("ANY", "/v2/task", "tasks_api"),
    Route("ANY", "/v2/task/{proxy+}", "tasks_api"),
    Route("POST", "/v1/signin", "sign_in", is_open=True),
    Route("POST", "/v1/signin/{proxy+}", "sign_in", is_open=True),
    Route("GET", "/v1/status", "tasks_api", is_open=True),
    Route("GET", "/v1/status/{proxy+}", "tasks_api", is_open=True),
    Route("ANY", "/v1/file", "files_api"),
    Route("ANY", "/v1/file/{proxy+}", "files_api"),
    Route("ANY", "/v1/list", "files_api"),
    Route("ANY", "/v1/list/{proxy+}", "files_api"),
    # Whoever calls these shows an API key or a signed URL, at which the functions look themselves (0047).
    Route("ANY", "/v1/create_upload_session", "jobs_api", is_open=True),
    Route("ANY", "/v1/create_upload_session/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/start_upload", "jobs_api", is_open=True),
    Route("ANY", "/v1/start_upload/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/notify_on_job_status", "jobs_api", is_open=True),
    Route("ANY", "/v1/notify_on_job_status/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/direct_upload/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/approve_job/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/job_result/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/get_job_result/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/cancel_job/{proxy+}", "jobs_api", is_open=True),
    Route("ANY", "/v1/upload_session/{proxy+}", "upload_blocks", is_open=True),
    Route("ANY", "/{proxy+}", "sign_in", is_open=True),
)

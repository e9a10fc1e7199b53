"""What the routes of this contract promise."""

from veil.contracts.syntonym import schemas
from veil.http.operations import Operation, query_parameter

API_KEY = "apiKey"
TAG = "Jobs"
_KEY = {401: "No API key that is good for this."}
_INVALID = {422: "A member of the request has a wrong value; the detail names it."}
_TOO_MANY = {429: "The key has as many open jobs as one may have."}
_OF_ONE_JOB = {**_KEY, 404: "The key has no such job.", 500: "An unexpected error."}
_OTHER_BODIES = {404: "NotFound", 422: "Invalid", 500: "Error", 202: "JobMessage", 302: "JobMessage"}
MODEL_QUERY = (
    query_parameter("model", {"type": "string", "enum": ["blur", "syn"]}, "Required."),
    *(query_parameter(name, schema, "As in model_config.") for name, schema in schemas.CONFIG.items()),
)

CREATE_SESSION = Operation(
    name="createUploadSession",
    tag=TAG,
    summary="Create a job that waits for its upload",
    description="`session_uri` takes blocks as Azure's Put Block and Put Block List do, or one Put Blob, for 7 days.",
    body="NewUploadSession",
    example={"file_name": "clip.mp4", "file_size": 9437189, "model": "blur", "model_config": {"blur_face": True}},
    answers=("UploadSession",),
    refusals={
        400: "The file is too large, or the model not available.",
        **_KEY,
        **_INVALID,
        **_TOO_MANY,
        500: "An unexpected error.",
    },
    refusal="Detail",
    other_bodies=_OTHER_BODIES,
    security=API_KEY,
)

DIRECT_UPLOAD = Operation(
    name="directUpload",
    tag=TAG,
    summary="Upload a file in one request",
    description="Answers 307; the job's id is in the header `job_id`. Send the PUT again to `Location`.",
    query=MODEL_QUERY,
    uploads={"application/octet-stream": {"type": "string", "format": "binary"}},
    refusals={
        307: "Where to send the file.",
        400: "The header x-ms-blob-type is missing, the file too large, or the model not available.",
        **_KEY,
        402: "The key has no credits.",
        408: "Nothing came for too long.",
        413: "The file is too large.",
        **_INVALID,
        **_TOO_MANY,
    },
    refusal="Detail",
    other_bodies={**_OTHER_BODIES, 307: "Redirect", 408: "Error", 413: "Error"},
    security=API_KEY,
)

NOTIFY = Operation(
    name="notifyOnJobStatus",
    tag=TAG,
    summary="Be told how far a job is",
    description=(
        "The address is sent the job's report, signed, once its upload is complete and once its results are there."
        " Both members may come in the query too."
    ),
    body="NewCallback",
    example={"job_id": "4ad27ed2-60eb-4a5c-9ea0-5f7cbb0d6b52", "callback_url": "https://your.example/hook"},
    answers=("JobMessage",),
    refusals={400: "The address is none that is called, or the job has ended.", **_INVALID, **_OF_ONE_JOB},
    refusal="Detail",
    other_bodies=_OTHER_BODIES,
    security=API_KEY,
)

APPROVE = Operation(
    name="approveJob",
    tag=TAG,
    summary="Approve a job",
    description="Takes what the job costs from the key's credits and has it worked on. Failing gives it back.",
    answers=("JobMessage",),
    refusals={
        202: "It was approved before, or has ended.",
        302: "Not ready: the upload is not complete. Ask again; there is no Location.",
        402: "The key has fewer credits than the job costs.",
        **_OF_ONE_JOB,
    },
    refusal="Detail",
    other_bodies=_OTHER_BODIES,
    security=API_KEY,
)

JOB_RESULT = Operation(
    name="getJobResult",
    tag=TAG,
    summary="Get a job's report",
    description="`job_status`: 0 waits, 1 to 99 per cent, 100 completed, 200 failed or cancelled.",
    answers=("JobReport",),
    refusals=_OF_ONE_JOB,
    refusal="Detail",
    other_bodies=_OTHER_BODIES,
    security=API_KEY,
)

JOB_ARCHIVE = Operation(
    name="getJobArchive",
    tag=TAG,
    summary="Get every result of a job as one zip",
    description="Made while it is sent, with the names of the report. Veil's own: the contract has no such route.",
    files=("application/zip",),
    refusals={400: "It has no results, or none yet.", **_OF_ONE_JOB},
    refusal="Detail",
    other_bodies=_OTHER_BODIES,
    security=API_KEY,
)

CANCEL = Operation(
    name="cancelJob",
    tag=TAG,
    summary="Cancel a job",
    description="Stops it and gives back what was taken. Veil's own: the public contract has no such route.",
    answers=("JobMessage",),
    refusals={400: "It has ended already.", **_OF_ONE_JOB},
    refusal="Detail",
    other_bodies=_OTHER_BODIES,
    security=API_KEY,
)

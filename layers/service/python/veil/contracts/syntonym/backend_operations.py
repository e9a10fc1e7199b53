"""What the routes of the backend API promise (section 2)."""

from dataclasses import replace

from veil.contracts.syntonym.operations import API_KEY, APPROVE, CANCEL
from veil.http.operations import Operation

TAG = "Jobs folder"
_BODIES = {404: "NotFound", 422: "Invalid", 500: "Error", 202: "JobMessage", 302: "JobMessage"}
_KEY = {401: "No API key that is good for this."}
_OF_ONE_JOB = {**_KEY, 404: "The key has no such job.", 500: "An unexpected error."}
_OF_ONE_TASK = {**_KEY, 404: "No job of the key has such a task.", 500: "An unexpected error."}
_CONFIG = {"blur_face": True, "enable_lp": True, "blur_threshold": 0.5, "lp_threshold": 0.5, "mask_blur": True}


def _operation(name: str, summary: str, description: str, answer: str, refusals: dict[int, str]) -> Operation:
    return Operation(
        name=name,
        tag=TAG,
        summary=summary,
        description=description,
        answers=(answer,),
        refusals=refusals,
        refusal="Detail",
        other_bodies=_BODIES,
        security=API_KEY,
    )


def _process(name: str, what: str, file: str) -> Operation:
    described = _operation(
        name,
        f"Make a job of {what} in the jobs folder",
        "Nothing is worked on before the job is approved. Results are put into a folder of the job's id.",
        "FileJob",
        {
            400: "The file is too large, or the model not available.",
            **_KEY,
            404: "There is no such file, or a link leads to it.",
            429: "The key has too many open jobs.",
            422: "A member of the request has a wrong value; the detail names it.",
            500: "An unexpected error.",
        },
    )
    example = {"file_path": f"/syntonym/jobs/{file}", "model": "blur", "model_config": _CONFIG}
    return replace(described, body="NewFileJob", example=example)


PROCESS_FILE = _process("processFile", "a video, an image or an archive", "sample.zip")
PROCESS_VIDEO = _process("processVideo", "a video or an archive", "sample3.mp4")
PROCESS_IMAGE = _process("processImage", "an image or an archive", "sample.jpg")
APPROVE_JOB = replace(APPROVE, name="approveFileJob", tag=TAG)
JOB_STATUS = _operation("getJobStatus", "Get a job's status", "0 to 100, or 200.", "JobStanding", _OF_ONE_JOB)
TASK_STATUS = _operation("getTaskStatus", "Get a task's status", "0 to 100, or 200.", "TaskStanding", _OF_ONE_TASK)
CANCEL_JOB = replace(CANCEL, name="cancelFileJob", tag=TAG, description="Stops it and gives back what was taken.")
CANCEL_TASK = _operation(
    "cancelTask",
    "Cancel a task",
    "A task that is worked on ends at its next progress report.",
    "JobMessage",
    {400: "It has ended already.", **_OF_ONE_TASK},
)
DELETE_JOB = _operation(
    "deleteJob",
    "Delete a job that has ended",
    "Its tasks and results go; the file that it was made of stays.",
    "JobMessage",
    {400: "It has not ended.", **_OF_ONE_JOB},
)

"""What the routes of v2 tasks promise."""

from veil.contracts.celantur_v2.list_query import LIST_PARAMETERS
from veil.http.operations import Operation, query_parameter

_TAG = "Tasks"
_NOT_SIGNED_IN = {401: "No valid access token."}
_UNEXPECTED = {500: "An unexpected error."}
_OF_ONE_TASK = {
    400: "The id is no integer, or belongs to no task of the caller.",
    **_NOT_SIGNED_IN,
    404: "The task is deleted.",
    **_UNEXPECTED,
}


CREATE_TASK = Operation(
    name="createTask",
    tag=_TAG,
    summary="Create a task",
    description="Send the photo to `upload_url` with PUT within 3600 seconds; that starts the work.",
    body="NewTask",
    example={"anonymization_method": "blur", "face": True, "license_plate": True},
    answers=("CreatedTask",),
    refusals={
        400: "The body or a parameter is wrong; the text names it.",
        **_NOT_SIGNED_IN,
        429: "The caller has as many unfinished tasks as one may have.",
        **_UNEXPECTED,
    },
)

LIST_TASKS = Operation(
    name="listTasks",
    tag=_TAG,
    summary="List tasks",
    description="The caller's tasks, newest first, deleted ones included.",
    query=tuple(query_parameter(each.name, each.schema, each.effect) for each in LIST_PARAMETERS),
    answers=("TaskPage",),
    refusals={400: "A query parameter is unknown or wrong.", **_NOT_SIGNED_IN, **_UNEXPECTED},
)

GET_TASK = Operation(
    name="getTask",
    tag=_TAG,
    summary="Get a task",
    description="How the task stands, with its parameters. Download URLs are new in every answer and live 14400 s.",
    answers=("Task",),
    refusals=_OF_ONE_TASK,
)

GET_STATUS = Operation(
    name="getTaskStatus",
    tag=_TAG,
    summary="Get a task's status",
    description="How the task stands. Download URLs are new in every answer and live 14400 s.",
    answers=("TaskStatus",),
    refusals=_OF_ONE_TASK,
)

GET_METADATA = Operation(
    name="getTaskMetadata",
    tag=_TAG,
    summary="Get a task's metadata",
    description="What was found in the photo and what was hidden.",
    answers=("Metadata",),
    refusals={**_OF_ONE_TASK, 409: "The task is not done, so it has no metadata."},
)

GET_REPORT = Operation(
    name="getTaskReport",
    tag=_TAG,
    summary="Get a task's report",
    description=(
        "How the result was made and what was checked before it was released: models with their checksums and "
        "thresholds, checksums of input and output, counts, times and what the gate saw. Veil's own."
    ),
    answers=("Report",),
    refusals={**_OF_ONE_TASK, 409: "The task is not done, so it has no report."},
)

RENDER_TASK = Operation(
    name="renderTask",
    tag=_TAG,
    summary="Draw a task again",
    description=(
        "Makes a new task from a finished one's upload and from what was found in it; only the finished file is looked "
        "at. What the body does not give stays as it was, but for the webhook. What decides what is found cannot be "
        "changed: classes that nobody looked for, thresholds, profile and format need a new task. The upload is not "
        "copied: it goes with the task that took it. Veil's own."
    ),
    body="NewRendering",
    example={"anonymization_method": "pixelate", "without": [1]},
    answers=("Task",),
    refusals={
        **_OF_ONE_TASK,
        400: "The id belongs to no task of the caller, or the body or a parameter is wrong; the text names it.",
        409: "The task is not done or has no findings, or these or its upload are gone.",
        429: "The caller has as many unfinished tasks as one may have.",
    },
)

CANCEL_TASK = Operation(
    name="cancelTask",
    tag=_TAG,
    summary="Cancel a task",
    description=(
        "Ends a task that has not ended: it has failed then, with the cause CANCELLED. Work on it stops within about a "
        "second and publishes nothing; what was uploaded stays until the task is deleted. Veil's own."
    ),
    answers=("TaskStatus",),
    refusals={**_OF_ONE_TASK, 409: "The task has ended already."},
)

DELETE_TASK = Operation(
    name="deleteTask",
    tag=_TAG,
    summary="Delete a task's files",
    description="Deletes the original, all results and what was found. Works in every state.",
    answers=("DeletedTask",),
    refusals=_OF_ONE_TASK,
)

_OF_PARTS = {
    **_OF_ONE_TASK,
    400: "The id belongs to no task of the caller, or the body or a parameter is wrong; the text names it.",
    409: "The task has its file already or has ended, or no part has arrived.",
    413: "The file is larger than the limit.",
}

BEGIN_PARTS = Operation(
    name="beginParts",
    tag=_TAG,
    summary="Upload a task's file in parts",
    description=(
        "Begins the upload, or goes on with it: answers which parts have arrived, and a URL for each that has not, at "
        "most 100. Each takes one part by PUT within 3600 seconds, of `part_size` bytes but for the last. "
        "Ask again until none is missing, then complete. Within 24 hours of the task's creation. Veil's own."
    ),
    body="WantedParts",
    example={"size": 20_000_000},
    answers=("UploadParts",),
    refusals=_OF_PARTS,
)

LIST_PARTS = Operation(
    name="listParts",
    tag=_TAG,
    summary="List the parts that have arrived",
    description="Those of an upload that is not complete yet; none for every other task. Veil's own.",
    answers=("ArrivedParts",),
    refusals=_OF_ONE_TASK,
)

COMPLETE_PARTS = Operation(
    name="completeParts",
    tag=_TAG,
    summary="Join the parts and start the work",
    description="Starts the work as the one PUT does. Once it has begun, completing again changes nothing. Veil's own.",
    body="WholeFile",
    example={"size": 5, "parts": [{"part_number": 1, "etag": "9b74c9897bac770ffc029102a200c5de"}]},
    answers=("TaskStatus",),
    refusals=_OF_PARTS,
)

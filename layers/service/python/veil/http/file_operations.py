"""What the routes of the v1 APIs promise: the cloud's files, then the container's tasks."""

from typing import Any

from veil.http.file_dialects import FILE_PARAMETERS, V1_PARAMETERS
from veil.http.file_list import FILE_LIST_QUERY, TASK_LIST_QUERY
from veil.http.operations import Operation, query_parameter
from veil.http.parameter_table import Parameter
from veil.http.received_file import FORM, PART

_CLOUD = "v1 files"
_CONTAINER = "Container tasks"
_NOT_SIGNED_IN = {401: "No valid access token, on a service that asks for one."}
_UNEXPECTED = {500: "An unexpected error."}
_OF_ONE_FILE = {**_NOT_SIGNED_IN, 404: "No file of the caller has this id, or it is deleted.", **_UNEXPECTED}
_OF_A_RESULT = {
    **_NOT_SIGNED_IN,
    307: "Where the service keeps files elsewhere: the header Location has a signed URL. A node answers with the file.",
    404: "No file of the caller has this id, it is deleted, or no such result was asked for.",
    409: "There is no result yet, or never will be: the text says which.",
    **_UNEXPECTED,
}
_BYTES = {"type": "string", "format": "binary"}
_PICTURES = ("image/jpeg", "image/png")


def _text_parameter(parameter: Parameter) -> dict[str, Any]:
    """Return a parameter as a query has it: some only in the words of one of the two APIs."""
    only = "" if parameter in V1_PARAMETERS else " (form only)"
    schema = {key: value for key, value in parameter.kind.schema.items() if key != "anyOf"} or {"type": "string"}
    if parameter.default is not None and "enum" not in schema and schema["type"] != "string":
        schema = schema | {"default": parameter.default}
    return query_parameter(parameter.name, schema, parameter.effect + only)


UPLOAD_FILE = Operation(
    name="uploadFile",
    tag=_CLOUD,
    summary="Anonymize a file",
    description="A raw body is taken in the words of the cloud's v1 and answered with a `File` at once. A form is "
    "taken in the words of the container and answered with a `ContainerTask`: when the work has ended or, with the "
    "header `x-is-async: true`, at once. Parameters may be written with hyphens or underscores; an empty "
    "one is not given.",
    uploads={
        "image/jpeg": _BYTES,
        "image/png": _BYTES,
        "application/octet-stream": _BYTES,
        FORM: {"type": "object", "required": [PART], "properties": {PART: _BYTES}},
    },
    query=(
        *(_text_parameter(each) for each in FILE_PARAMETERS),
        {
            "name": "x-is-async",
            "in": "header",
            "required": False,
            "description": "For a form: answer at once.",
            "schema": {"type": "string", "default": "false"},
        },
    ),
    answer="UploadedFile",
    refusals={
        400: "The body or a parameter is wrong; the text names it.",
        **_NOT_SIGNED_IN,
        404: "The caller waited, and the file was deleted meanwhile.",
        408: "Nothing came for too long.",
        413: "The file is too large.",
        415: "The file is no JPEG, no PNG and no video that is read.",
        422: "The caller waited, and the work has failed; the text has the cause.",
        429: "The caller has as many unfinished tasks as one may have.",
        **_UNEXPECTED,
        504: "The caller waited, and the work goes on; the text has the id to ask for.",
    },
)

FILE_STATUS = Operation(
    name="getFileStatus",
    tag=_CLOUD,
    summary="Get a file's status",
    description="How the file stands.",
    answer="FileStatus",
    refusals=_OF_ONE_FILE,
)

FILE_METADATA = Operation(
    name="getFileMetadata",
    tag=_CLOUD,
    summary="Get a file's metadata",
    description="What was found in the photo and what was hidden.",
    answer="Metadata",
    refusals={key: text for key, text in _OF_A_RESULT.items() if key != 307},  # noqa: PLR2004  # a status
)

LIST_FILES = Operation(
    name="listFiles",
    tag=_CLOUD,
    summary="List files",
    description="The caller's files, newest first, deleted ones included.",
    query=FILE_LIST_QUERY,
    answer="FileList",
    refusals={400: "A query parameter is unknown or wrong.", **_NOT_SIGNED_IN, **_UNEXPECTED},
)

_MASK_SCALE = query_parameter(
    "mask-scale",
    {"type": "number", "minimum": 0, "maximum": 100, "default": 100},
    "Size of the answer in percent of the mask, nearest neighbour.",
)


def result_operation(name: str, what: str, *, types: tuple[str, ...] = _PICTURES) -> Operation:
    """Return what the download of a picture promises."""
    return Operation(
        name=name,
        tag=_CLOUD,
        summary=f"Download {what}",
        description=f"Answers with {what}.",
        files=types,
        refusals=_OF_A_RESULT,
    )


def mask_operation(name: str, what: str) -> Operation:
    """Return what the download of a mask promises."""
    return Operation(
        name=name,
        tag=_CLOUD,
        summary=f"Download {what}",
        description=f"Answers with {what}, a PNG.",
        files=("image/png",),
        query=(_MASK_SCALE,),
        refusals={400: "`mask-scale` is wrong, or can be chosen at the upload only.", **_OF_A_RESULT},
    )


def video_operation(name: str, what: str) -> Operation:
    """Return what a video's download promises while there are no videos."""
    return Operation(
        name=name,
        tag=_CONTAINER,
        summary=f"Download {what}",
        description="For videos. Every file of this service is an image, so the answer is 409 for each.",
        files=("video/mp4",),
        refusals={**_OF_ONE_FILE, 409: "The file is an image."},
    )


GET_CONTAINER_TASK = Operation(
    name="getContainerTask",
    tag=_CONTAINER,
    summary="Get a container task",
    description="How the task stands, with links to its results once there are any.",
    answer="ContainerTask",
    refusals={**_NOT_SIGNED_IN, 404: "No task of the caller has this id.", **_UNEXPECTED},
)

LIST_CONTAINER_TASKS = Operation(
    name="listContainerTasks",
    tag=_CONTAINER,
    summary="List container tasks",
    description="The caller's tasks, newest first.",
    query=TASK_LIST_QUERY,
    answer="ContainerTaskList",
    refusals={400: "A query parameter is unknown or wrong.", **_NOT_SIGNED_IN, **_UNEXPECTED},
)

PARTS_QUERY = tuple(
    query_parameter(name, {"type": "boolean"}, effect)
    for name, effect in (
        ("record", "Forget the task: nothing answers for its id any more. Takes input and output along."),
        ("input", "Delete the photo that was sent."),
        ("output", "Delete the results, and with them the photo, which nothing could reach without a result."),
    )
)
_FORGET = "Without parameters everything goes; with them, only what is set to true."

FORGET_CONTAINER_TASK = Operation(
    name="forgetContainerTask",
    tag=_CONTAINER,
    summary="Free what a container task takes",
    description=f"{_FORGET} Works in every state, but for a photo alone that is still needed.",
    query=PARTS_QUERY,
    answer="ForgottenTask",
    refusals={
        400: "A query parameter is unknown or wrong.",
        **_NOT_SIGNED_IN,
        404: "No task of the caller has this id.",
        409: "Only the photo was to go, and the work on it has not ended.",
        **_UNEXPECTED,
    },
)

FORGET_CONTAINER_TASKS = Operation(
    name="forgetContainerTasks",
    tag=_CONTAINER,
    summary="Free what all container tasks take",
    description=f"{_FORGET} A photo alone that is still needed stays.",
    query=PARTS_QUERY,
    answer="ForgottenTasks",
    refusals={400: "A query parameter is unknown or wrong.", **_NOT_SIGNED_IN, **_UNEXPECTED},
)

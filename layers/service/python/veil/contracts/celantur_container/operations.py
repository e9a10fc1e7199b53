"""What the routes of the container promise."""

from dataclasses import replace

from veil.contracts.celantur_container.frame_range import FRAMES_QUERY
from veil.contracts.celantur_container.list_query import TASK_LIST_QUERY
from veil.contracts.celantur_container.multipart_upload import PART
from veil.contracts.celantur_container.parameters import WEBHOOK_HEADER_PARAMETERS
from veil.http.file_upload import FORM
from veil.http.operations import Operation, query_parameter
from veil.http.query_parameters import described

_CONTAINER = "Container tasks"
_NOT_SIGNED_IN = {401: "No valid access token, on a service that asks for one."}
_UNEXPECTED = {500: "An unexpected error."}
_OF_ONE_FILE = {**_NOT_SIGNED_IN, 404: "No file of the caller has this id, or it is deleted.", **_UNEXPECTED}


def taking_forms(upload: Operation) -> Operation:
    """Return what an upload promises that takes the container's forms as well."""
    form = {"type": "object", "required": [PART], "properties": {PART: {"type": "string", "format": "binary"}}}
    return replace(
        upload,
        description=f"{upload.description} A form is taken in the words of the container and answered with a "
        "`ContainerTask`: when the work has ended or, with the header `x-is-async: true`, at once.",
        uploads={**upload.uploads, FORM: form},
        query=(
            *upload.query,
            *(described(each, note=" (form only)") for each in WEBHOOK_HEADER_PARAMETERS),
            {
                "name": "x-is-async",
                "in": "header",
                "required": False,
                "description": "For a form: answer at once.",
                "schema": {"type": "string", "default": "false"},
            },
        ),
        answers=(*upload.answers, "ContainerTask"),
        refusals=dict(
            sorted(
                {
                    **upload.refusals,
                    404: "The caller waited, and the file was deleted meanwhile.",
                    422: "The caller waited, and the work has failed; the text has the cause.",
                    504: "The caller waited, and the work goes on; the text has the id to ask for.",
                }.items()
            )
        ),
    )


_OF_A_VIDEO = {
    **_OF_ONE_FILE,
    409: "The file is an image, or there is no result yet or never will be: the text says which.",
}


def video_operation(name: str, what: str) -> Operation:
    """Return what the download of a video promises."""
    return Operation(
        name=name,
        tag=_CONTAINER,
        summary=f"Download {what}",
        description=f"Answers with {what}, in parts where the header Range asks for some.",
        files=("video/mp4", "video/quicktime", "video/x-matroska"),
        refusals=_OF_A_VIDEO,
    )


VIDEO_METADATA = Operation(
    name="getVideoMetadata",
    tag=_CONTAINER,
    summary="Get the metadata of a video's frames",
    description="What is hidden in each frame of a range, by the names that an image's metadata has.",
    query=FRAMES_QUERY,
    answers=("Metadata",),
    refusals={400: "A query parameter is unknown or wrong.", **_OF_A_VIDEO},
)


GET_CONTAINER_TASK = Operation(
    name="getContainerTask",
    tag=_CONTAINER,
    summary="Get a container task",
    description="How the task stands, with links to its results once there are any.",
    answers=("ContainerTask",),
    refusals={**_NOT_SIGNED_IN, 404: "No task of the caller has this id.", **_UNEXPECTED},
)

LIST_CONTAINER_TASKS = Operation(
    name="listContainerTasks",
    tag=_CONTAINER,
    summary="List container tasks",
    description="The caller's tasks, newest first.",
    query=TASK_LIST_QUERY,
    answers=("ContainerTaskList",),
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
    answers=("ForgottenTask",),
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
    answers=("ForgottenTasks",),
    refusals={400: "A query parameter is unknown or wrong.", **_NOT_SIGNED_IN, **_UNEXPECTED},
)

"""What the routes of v1 files promise."""

from veil.contracts.celantur_v1.list_query import FILE_LIST_QUERY
from veil.contracts.celantur_v1.parameters import V1_PARAMETERS
from veil.http.operations import Operation, query_parameter
from veil.http.query_parameters import described

_CLOUD = "v1 files"
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


UPLOAD_FILE = Operation(
    name="uploadFile",
    tag=_CLOUD,
    summary="Anonymize a file",
    description="A raw body is taken in the words of the cloud's v1 and answered with a `File` at once. Parameters may "
    "be written with hyphens or underscores; an empty one is not given.",
    uploads={"image/jpeg": _BYTES, "image/png": _BYTES, "application/octet-stream": _BYTES},
    query=tuple(described(each) for each in V1_PARAMETERS),
    answers=("File",),
    refusals={
        400: "The body or a parameter is wrong; the text names it.",
        **_NOT_SIGNED_IN,
        408: "Nothing came for too long.",
        413: "The file is too large.",
        415: "The file is no JPEG, no PNG and no video that is read.",
        429: "The caller has as many unfinished tasks as one may have.",
        **_UNEXPECTED,
    },
)

FILE_STATUS = Operation(
    name="getFileStatus",
    tag=_CLOUD,
    summary="Get a file's status",
    description="How the file stands.",
    answers=("FileStatus",),
    refusals=_OF_ONE_FILE,
)

FILE_METADATA = Operation(
    name="getFileMetadata",
    tag=_CLOUD,
    summary="Get a file's metadata",
    description="What was found in the photo and what was hidden.",
    answers=("Metadata",),
    refusals={key: text for key, text in _OF_A_RESULT.items() if key != 307},  # noqa: PLR2004  # a status
)

LIST_FILES = Operation(
    name="listFiles",
    tag=_CLOUD,
    summary="List files",
    description="The caller's files, newest first, deleted ones included.",
    query=FILE_LIST_QUERY,
    answers=("FileList",),
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
        description=f"Answers with {what}: a PNG, or of a video a lossless one in Matroska with the same frame times.",
        files=("image/png", "video/x-matroska"),
        query=(_MASK_SCALE,),
        refusals={400: "`mask-scale` is wrong, or can be chosen at the upload only.", **_OF_A_RESULT},
    )

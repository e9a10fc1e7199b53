"""`POST /v1/file` without a transport and in nobody's words: what is asked for, what arrives, what is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from veil.domain.errors import ClassUnavailableError, RequestError
from veil.domain.policy import ObjectClass
from veil.domain.task import Task
from veil.http.errors import UPLOAD_FAILED, refused_value
from veil.http.parameter_table import WEBHOOK
from veil.http.query_parameters import Dialect, QueryParameters, read_query
from veil.http.response import Response
from veil.use_cases.submit_file import FileRequest

FORM = "multipart/form-data"
# What a form has around its file; no limit of a file counts it.
FRAME_BYTES = 64 * 1024

Sink = Callable[[bytes], object]


class FileReader(Protocol):
    """Finds a file in a body.

    Attributes:
        name: What the client calls the file, or None.
        content_type: What the client says it is, "" where it says nothing.
    """

    name: str | None
    content_type: str

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            HttpError: This is no body with a file.
        """

    def end(self) -> None:
        """Know that the body is complete.

        Raises:
            HttpError: It has no file.
        """


@dataclass(frozen=True, slots=True)
class UploadRules:
    """What an upload must keep to.

    Attributes:
        available: The classes that an installed model finds.
        check_webhook: Raises a RequestError for an address that will not be called.
    """

    available: frozenset[ObjectClass]
    check_webhook: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUpload:
    """An upload of which everything but the body is known and found to be in order.

    Attributes:
        wanted: What is wanted of the file.
        waits: Whether the caller wants no answer before the work has ended.
        new_reader: Returns what finds the file in the body and gives its bytes to a sink; raises an HttpError where
            the body's type cannot be read.
        respond: Returns the answer, given the task; raises an HttpError where the caller waited in vain.
    """

    wanted: FileRequest
    waits: bool
    new_reader: Callable[[Sink], FileReader]
    respond: Callable[[Task], Response]

    def request(self, name: str | None) -> FileRequest:
        """Return what is wanted, of a file with this name unless the query gave another."""
        origin = self.wanted.origin
        return replace(self.wanted, origin=replace(origin, name=origin.name or name))


Announce = Callable[[str, Mapping[str, str], Mapping[str, Sequence[str]]], FileUpload]
"""Returns the upload that a request announces, given the owner, the headers and the query; raises an HttpError where it
asks for something that cannot be. Names of headers are in lower case, the query is decoded."""


def is_form(content_type: str) -> bool:
    """Say whether a body comes as a form: then a client of the container sent it."""
    return content_type.partition(";")[0].strip().lower() == FORM


def read_upload(query: Mapping[str, Sequence[str]], dialect: Dialect, rules: UploadRules) -> QueryParameters:
    """Return what a query asks for, if that keeps to the rules.

    Raises:
        HttpError: It does not, or cannot be.
    """
    parameters = read_query(query, dialect, available=rules.available)
    _check(parameters, rules)
    return parameters


def _check(parameters: QueryParameters, rules: UploadRules) -> None:
    try:
        parameters.policy.require_classes(rules.available)
    except ClassUnavailableError as error:
        spelled = parameters.spelled.get(error.field, error.field)
        raise refused_value(UPLOAD_FAILED, spelled, str(error)) from error
    webhook = parameters.values.get(WEBHOOK)
    if webhook is None:
        return
    try:
        rules.check_webhook(webhook)
    except RequestError as error:
        raise refused_value(UPLOAD_FAILED, parameters.spelled[WEBHOOK], str(error)) from error

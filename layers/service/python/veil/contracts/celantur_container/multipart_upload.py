"""The file in a form (RFC 7578), passed on as it arrives."""

from collections.abc import Container

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from veil.domain.origin import file_name
from veil.http.errors import UPLOAD_FAILED, HttpError, refused_body, refused_value
from veil.http.file_upload import Sink
from veil.http.json_body import canonical

PART = "fileobject"
_MOST_PARTS = 100


class FormFile:
    """The part `fileobject` of a form (RFC 7578). Other parts are passed over but for those that name a parameter."""

    def __init__(self, content_type: str, sink: Sink, parameters: Container[str] = ()) -> None:
        """Expect a form.

        Args:
            content_type: Of the request.
            sink: Takes the file.
            parameters: Canonical names of what the query may have. What is asked for in the form would not be done.

        Raises:
            HttpError: The content type names no boundary.
        """
        self.name: str | None = None
        self.content_type = ""
        self._sink, self._parameters = sink, parameters
        self._field = self._value = b""
        self._headers: dict[str, bytes] = {}
        self._parts = self._files = 0
        self._is_wanted = self._is_complete = False
        self._parser = self._new_parser(content_type)

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            HttpError: This is no form, or not one that has one file and no parameter.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise refused_body(UPLOAD_FAILED, "It is not a valid form.") from error

    def end(self) -> None:
        """Know that the body is complete.

        Raises:
            HttpError: It broke off, or has no file.
        """
        if not self._is_complete:
            raise refused_body(UPLOAD_FAILED, "The form ends too early.")
        if not self._files:
            raise refused_body(UPLOAD_FAILED, f"The form has no part {PART} with a file.")

    def _new_parser(self, content_type: str) -> MultipartParser:
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not boundary:
            raise refused_body(UPLOAD_FAILED, "Its content type names no boundary.")
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._take_field,
                    "on_header_value": self._take_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._judge_part,
                    "on_part_data": self._take_data,
                    "on_end": self._complete,
                },
            )
        except FormParserError as error:
            raise refused_body(UPLOAD_FAILED, "Its boundary is not valid.") from error

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise HttpError(400, f"{UPLOAD_FAILED} The form has more than {_MOST_PARTS} parts.")
        self._headers = {}

    def _take_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value
        self._field = self._value = b""

    def _judge_part(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode(errors="replace")
        self._is_wanted = name == PART
        if canonical(name) in self._parameters:
            raise refused_value(UPLOAD_FAILED, name, "It must be in the query of the URL, not in the form.")
        if not self._is_wanted:
            return
        self._files += 1
        if self._files > 1:
            raise refused_body(UPLOAD_FAILED, f"The form has more than one part {PART}.")
        self.name = file_name(options.get(b"filename", b"").decode(errors="replace"))
        self.content_type = self._headers.get("content-type", b"").decode("latin-1")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_wanted:
            self._sink(data[start:end])

    def _complete(self) -> None:
        self._is_complete = True

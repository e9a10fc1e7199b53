"""A file as an answer: whole, those parts of it that the header Range asks for, or that the caller has it already."""

import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from veil.http.errors import error_body

# Digits for more bytes than any disk has, and no more: a number of thousands of digits is no number to Python.
_RANGE = re.compile(r"(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})?|-(?P<suffix>[0-9]{1,18})")

_ONLY_WITH_FILE = frozenset({"content-disposition", "content-length", "content-type"})


class RangedFile(FileResponse):
    """Answers 206 with the parts that can be had, 416 where none can, and 200 where Range is to be ignored.

    Who names the file's entity tag in If-None-Match has it: 304. Starlette refuses ranges that it does not understand,
    all of them where one cannot be had, and answers 416 without a body.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer (ASGI)."""
        if self.stat_result is None:
            self.stat_result = await run_in_threadpool(Path(self.path).stat)
            self.set_stat_headers(self.stat_result)
        headers = MutableHeaders(raw=list(scope["headers"]))
        if _names(headers, self.headers["etag"]):
            await self._not_modified()(scope, receive, send)
            return
        asked = ",".join(headers.getlist("range"))
        del headers["range"]
        if asked and scope["method"] == "GET":
            size_bytes = self.stat_result.st_size
            wanted = ranges_to_send(asked, size_bytes)
            if wanted is None and self._is_current(headers):
                await self._nothing_of(size_bytes)(scope, receive, send)
                return
            headers.update(wanted or {})
        await super().__call__({**scope, "headers": headers.raw}, receive, send)

    def _is_current(self, headers: Headers) -> bool:
        condition = headers.get("if-range")
        return condition is None or self._should_use_range(condition)

    def _not_modified(self) -> Response:
        return Response(status_code=304, headers=self._told_without_file())

    def _nothing_of(self, size_bytes: int) -> Response:
        text = f"The file has {size_bytes} bytes; the header Range asks for none of them."
        told = {**self._told_without_file(), "Content-Range": f"bytes */{size_bytes}"}
        return JSONResponse(error_body(416, text), 416, told)

    def _told_without_file(self) -> dict[str, str]:
        return {name: text for name, text in self.headers.items() if name not in _ONLY_WITH_FILE}


def ranges_to_send(header: str, size_bytes: int) -> dict[str, str] | None:
    """Return the header Range that asks a file for what can be had, no header where it is to be ignored.

    Where nothing can be had it is None. More ranges than Starlette takes are ignored, as by Starlette. The rules:
    RFC 9110, 14.1 and 14.2.
    """
    unit, _, listed = header.partition("=")
    if listed.count(",") >= RangedFile.max_ranges:
        return {}
    named = [each for each in map(str.strip, listed.split(",")) if each]
    ranges = [each for each in map(_RANGE.fullmatch, named) if each and _ends_after_its_start(each)]
    if unit.strip().lower() != "bytes" or not ranges or len(ranges) < len(named):
        return {}
    sent = [each.group() for each in ranges if _can_be_had(each, size_bytes)]
    return {"range": "bytes=" + ",".join(sent)} if sent else None


def _names(headers: Headers, etag: str) -> bool:
    """Tell whether If-None-Match names the tag, weak or strong (RFC 9110, 13.1.2)."""
    named = ",".join(headers.getlist("if-none-match")).split(",")
    return any(each.strip().removeprefix("W/") in {etag, "*"} for each in named)


def _ends_after_its_start(asked: re.Match[str]) -> bool:
    return not asked["last"] or int(asked["first"]) <= int(asked["last"])


def _can_be_had(asked: re.Match[str], size_bytes: int) -> bool:
    return size_bytes > 0 and (int(asked["suffix"]) > 0 if asked["suffix"] else int(asked["first"]) < size_bytes)

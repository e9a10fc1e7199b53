"""A file as an answer: whole, or those parts of it that the header Range asks for."""

import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

# Digits for more bytes than any disk has, and no more: a number of thousands of digits is no number to Python.
_RANGE = re.compile(r"(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})?|-(?P<suffix>[0-9]{1,18})")


class RangedFile(FileResponse):
    """Answers 206 with the parts that can be had, 416 where none can, and 200 where Range is to be ignored.

    Starlette refuses what it does not understand, and all parts where one of them cannot be had.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer (ASGI)."""
        headers = MutableHeaders(raw=list(scope["headers"]))
        asked = ",".join(headers.getlist("range"))
        del headers["range"]
        if asked and scope["method"] == "GET":
            size_bytes = (await run_in_threadpool(Path(self.path).stat)).st_size
            headers.update(ranges_to_send(asked, size_bytes))
        await super().__call__({**scope, "headers": headers.raw}, receive, send)


def ranges_to_send(header: str, size_bytes: int) -> dict[str, str]:
    """Return the header Range that asks a file for what can be had, no header where it is to be ignored.

    Where nothing can be had it asks for what it did. More ranges than Starlette takes are ignored, as by Starlette. The
    rules: RFC 9110, 14.1 and 14.2.
    """
    unit, _, listed = header.partition("=")
    if listed.count(",") >= RangedFile.max_ranges:
        return {}
    named = [each for each in map(str.strip, listed.split(",")) if each]
    ranges = [each for each in map(_RANGE.fullmatch, named) if each and _ends_after_its_start(each)]
    if unit.strip().lower() != "bytes" or not ranges or len(ranges) < len(named):
        return {}
    sent = [each for each in ranges if _can_be_had(each, size_bytes)] or ranges
    return {"range": "bytes=" + ",".join(each.group() for each in sent)}


def _ends_after_its_start(asked: re.Match[str]) -> bool:
    return not asked["last"] or int(asked["first"]) <= int(asked["last"])


def _can_be_had(asked: re.Match[str], size_bytes: int) -> bool:
    return size_bytes > 0 and (int(asked["suffix"]) > 0 if asked["suffix"] else int(asked["first"]) < size_bytes)

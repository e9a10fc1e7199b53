"""Media to and from clients: streamed between socket and disk, never whole in memory."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from veil.adapters.node.media import FolderMediaStore
from veil.adapters.node.receive_upload import receive_upload
from veil.adapters.node.signed_urls import SignedUrls, UrlRefusedError
from veil.adapters.node.uploads import IncomingUpload, UploadTooLargeError
from veil.domain.errors import RequestError, TaskDeletedError, UploadRefusedError
from veil.http.errors import error_body
from veil.ports import Clock, TaskStore, WorkQueue

# Uploads are handed to the disk in pieces of this size, so that the event loop is never busy with bytes.
PIECE_BYTES = 1024 * 1024
# How long a client that was told "too large" may go on sending before the connection is cut.
FAREWELL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Transfers:
    """The endpoint behind signed URLs: PUT takes an upload, GET and HEAD answer with a file."""

    media: FolderMediaStore
    urls: SignedUrls
    tasks: TaskStore
    queue: WorkQueue
    clock: Clock
    upload_limit_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        request = Request(scope, receive, send)
        method = "GET" if request.method == "HEAD" else request.method
        try:
            key = self.urls.verify(method, request.url.path, dict(request.query_params))
        except UrlRefusedError as error:
            response: Response = _refusal(403, str(error))
        else:
            response = await (self._upload(request, key) if method == "PUT" else self._download(key))
        await response(scope, receive, send)

    async def _download(self, key: str) -> Response:
        stored = await run_in_threadpool(self.media.locate, key)
        if stored is None:
            return _refusal(404, "The file was deleted.")
        name = "-".join(key.split("/")[1:])
        return FileResponse(stored.path, media_type=stored.media_type, filename=name, content_disposition_type="inline")

    async def _upload(self, request: Request, key: str) -> Response:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self.upload_limit_bytes:
            return self._too_large(request)
        upload = await run_in_threadpool(self.media.begin_upload, limit_bytes=self.upload_limit_bytes)
        try:
            async with aclosing(_pieces(request)) as pieces:
                async for piece in pieces:
                    await run_in_threadpool(upload.write, piece)
            return await run_in_threadpool(self._accept, upload, key, request.headers.get("content-type", ""))
        except UploadTooLargeError:
            return self._too_large(request)
        except ClientDisconnect:
            return _refusal(400, "The upload was broken off.")
        finally:
            await run_in_threadpool(upload.discard)

    def _accept(self, upload: IncomingUpload, key: str, declared_type: str) -> Response:
        try:
            receive_upload(
                upload, key, declared_type, tasks=self.tasks, media=self.media, queue=self.queue, clock=self.clock
            )
        except UploadRefusedError as error:
            return _refusal(409, str(error))
        except TaskDeletedError:
            return _refusal(404, "Task is deleted. Please upload a new task.")
        except RequestError as error:
            return _refusal(400, str(error))
        return Response(status_code=200)

    def _too_large(self, request: Request) -> Response:
        text = f"The file is larger than the limit of {self.upload_limit_bytes} bytes."
        return _Farewell(_refusal(413, text), request)


async def _pieces(request: Request) -> AsyncGenerator[bytes, None]:
    buffer = bytearray()
    async for chunk in request.stream():
        buffer += chunk
        if len(buffer) >= PIECE_BYTES:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


def _refusal(status: int, text: str) -> Response:
    return JSONResponse(error_body(status, text), status_code=status)


class _Farewell(Response):
    """An answer to somebody who is still sending.

    The answer goes out at once; what still arrives is thrown away for a moment, because closing a
    socket with unread bytes resets it and the client would never read why.
    """

    def __init__(self, answer: Response, request: Request) -> None:
        super().__init__(answer.body, answer.status_code, {"connection": "close"}, "application/json")
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                while (await receive()).get("more_body"):
                    pass
        except TimeoutError:
            # It goes on sending: now the connection is cut.
            pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})

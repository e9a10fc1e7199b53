"""`POST /v1/file` on the node: streamed from socket to disk, and answered when the work has ended if so wanted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.uploads import IncomingUpload, UploadTooLargeError
from veil.domain.media import Upload
from veil.domain.principal import Principal
from veil.domain.task import UNFINISHED, Task
from veil.http.errors import NOT_SIGNED_IN, HttpError, error_response, too_large
from veil.http.file_upload import FRAME_BYTES, Announce, FileReader, FileUpload
from veil.http.files_backend import FilesBackend
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.request_body import IDLE_TIMEOUT_SECONDS, announced_bytes, pieces
from veil.node.endpoints.routes import asgi_response, bearer, query_of

# The body is handed to the disk in pieces of this size, so that the event loop is never busy with bytes.
PIECE_BYTES = 1024 * 1024
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS, GROWTH = 0.05, 0.5, 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadEndpoint:
    """Takes uploads. A caller who waits for a result takes no thread meanwhile.

    Attributes:
        announced: Returns the upload that a request announces.
        principal_of: Returns whom an access token speaks for, or None.
        upload_limit_bytes: Larger files are cut off.
        wait_seconds: How long a synchronous upload waits for its result.
        idle_timeout_seconds: How long an uploading client may send nothing.
    """

    media: FolderMediaStore
    backend: FilesBackend
    announced: Announce
    principal_of: Callable[[str], Principal | None]
    upload_limit_bytes: int
    wait_seconds: float
    idle_timeout_seconds: float = IDLE_TIMEOUT_SECONDS

    async def __call__(self, request: Request) -> Response:
        """Return the answer to an upload."""
        try:
            wanted = await run_in_threadpool(self._announced, request)
            async with self._incoming() as incoming:
                reader = wanted.new_reader(incoming.write)
                await self._receive(request, reader)
                return await self._answer(request, wanted, incoming, reader)
        except UploadTooLargeError as error:
            return _still_sending(too_large(error.limit_bytes))
        except HttpError as error:
            return _still_sending(error)

    def _announced(self, request: Request) -> FileUpload:
        if announced_bytes(request) > self.upload_limit_bytes + FRAME_BYTES:
            raise too_large(self.upload_limit_bytes)
        return self.announced(self._owner(request), request.headers, query_of(request))

    def _owner(self, request: Request) -> str:
        principal = self.principal_of(bearer(request.headers.get("authorization", "")))
        if principal is None:
            raise HttpError(401, NOT_SIGNED_IN)
        return principal.owner

    @asynccontextmanager
    async def _incoming(self) -> AsyncIterator[IncomingUpload]:
        incoming = await run_in_threadpool(self.media.begin_upload, limit_bytes=self.upload_limit_bytes)
        try:
            yield incoming
        finally:
            await run_in_threadpool(incoming.discard)

    async def _receive(self, request: Request, reader: FileReader) -> None:
        left = self.upload_limit_bytes + FRAME_BYTES
        arriving = pieces(request, piece_bytes=PIECE_BYTES, idle_timeout_seconds=self.idle_timeout_seconds)
        async with aclosing(arriving):
            async for piece in arriving:
                left -= len(piece)
                if left < 0:
                    raise too_large(self.upload_limit_bytes)
                await run_in_threadpool(reader.write, piece)

    async def _answer(
        self, request: Request, wanted: FileUpload, incoming: IncomingUpload, reader: FileReader
    ) -> Response:
        """Answer a request whose body has arrived, so that nobody needs to listen to it any longer."""
        try:
            reader.end()
            task = await run_in_threadpool(self._submit, wanted, incoming, reader)
            if wanted.waits:
                task = await self._ended(task, request)
            return asgi_response(wanted.respond(task))
        except HttpError as error:
            return _refusal(error)

    def _submit(self, wanted: FileUpload, incoming: IncomingUpload, reader: FileReader) -> Task:
        upload = Upload(incoming.size_bytes, reader.content_type, incoming.head, incoming.sha256)
        return self.backend.submit(
            wanted.request(reader.name),
            upload,
            lambda key: self.media.commit_upload(incoming, key, declared_type=reader.content_type),
        )

    async def _ended(self, task: Task, request: Request) -> Task:
        """Return the task once it has ended, the time is over or the caller is gone."""
        end, pause = monotonic() + self.wait_seconds, FIRST_LOOK_SECONDS
        while task.status in UNFINISHED and monotonic() < end and not await request.is_disconnected():
            await asyncio.sleep(pause)
            pause = min(pause * GROWTH, LONGEST_LOOK_SECONDS)
            task = await run_in_threadpool(self._newest, task)
        return task

    def _newest(self, task: Task) -> Task:
        return self.backend.tasks.get(task.owner, task.task_id) or task


def _refusal(error: HttpError) -> Response:
    return asgi_response(error_response(error))


def _still_sending(error: HttpError) -> Response:
    return LingeringClose(_refusal(error))

"""Media to and from clients: streamed between socket and disk, never whole in memory."""

import re
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.part_uploads import FolderPartUploads, number_of
from veil.adapters.folders.signed_urls import SignedUrls, UrlRefusedError
from veil.adapters.folders.uploads import IncomingUpload, UploadTooLargeError
from veil.adapters.mask_scaling import scaled_mask
from veil.domain.errors import RequestError, TaskDeletedError, UploadRefusedError
from veil.domain.upload_parts import PART_BYTES
from veil.http.errors import TASK_DELETED, error_body, too_large
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.ranged_file import RangedFile
from veil.node.endpoints.receive_part import receive_part
from veil.node.endpoints.receive_upload import receive_upload
from veil.node.endpoints.request_body import IDLE_TIMEOUT_SECONDS, announced_bytes, pieces
from veil.node.endpoints.stored_file import StoredFile
from veil.ports.stores import TaskStore
from veil.use_cases.accept_upload import UploadIntake

# Uploads are handed to the disk in pieces of this size, so that the event loop is never busy with bytes.
PIECE_BYTES = 1024 * 1024
SCALED_AT_ONCE = 1
# Pictures stay out of shared caches, and no browser takes what a client declared for something that runs.
GUARDED = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
# What no browser runs; uploads declare what they like, pages with scripts and line feeds too.
_HARMLESS = re.compile(r"|application/json|(image|video)/(?!svg)[A-Za-z0-9.+-]+")


Take = Callable[[IncomingUpload], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Transfers:
    """The endpoint behind signed URLs: PUT takes an upload or a part of one, GET and HEAD answer with a file.

    Attributes:
        upload_limit_bytes: Larger uploads are cut off.
        idle_timeout_seconds: How long an uploading client may send nothing.
        scaling: Keeps masks from being scaled side by side, for that takes the memory of all their pixels.
    """

    media: FolderMediaStore
    parts: FolderPartUploads
    urls: SignedUrls
    tasks: TaskStore
    intake: UploadIntake
    upload_limit_bytes: int
    idle_timeout_seconds: float = IDLE_TIMEOUT_SECONDS
    scaling: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(SCALED_AT_ONCE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        request = Request(scope, receive, send)
        method = "GET" if request.method == "HEAD" else request.method
        try:
            key = self.urls.verify(method, scope["path"], dict(request.query_params))
        except UrlRefusedError as error:
            response: Response = _refusal(403, str(error))
        else:
            response = await (self._put(request, key) if method == "PUT" else self._download(key))
        await response(scope, receive, send)

    async def send(self, file: StoredFile) -> Response:
        """Answer with a file that the caller may have."""
        scale = file.mask_scale
        return await (self._download(file.key) if scale is None else self._scaled_mask(file.key, scale))

    async def _scaled_mask(self, key: str, scale: float) -> Response:
        stored = await run_in_threadpool(self.media.locate, key)
        if stored is None:
            return _refusal(404, "The file was deleted.")
        mask = await run_sync(scaled_mask, stored.path, scale, limiter=self.scaling)
        return Response(mask, headers=GUARDED, media_type="image/png")

    async def _download(self, key: str) -> Response:
        stored = await run_in_threadpool(self.media.locate, key)
        if stored is None:
            return _refusal(404, "The file was deleted.")
        name = "-".join(key.split("/")[1:])
        kind = stored.media_type if _HARMLESS.fullmatch(stored.media_type) else "application/octet-stream"
        return RangedFile(
            stored.path, headers=GUARDED, media_type=kind, filename=name, content_disposition_type="inline"
        )

    async def _put(self, request: Request, key: str) -> Response:
        number = number_of(key)
        if number is not None:
            return await self._upload(request, PART_BYTES, partial(self._keep_part, key, number))
        declared_type = request.headers.get("content-type", "")
        return await self._upload(request, self.upload_limit_bytes, partial(self._accept, key, declared_type))

    async def _upload(self, request: Request, limit_bytes: int, take: Take) -> Response:
        if announced_bytes(request) > limit_bytes:
            return _too_large(limit_bytes)
        upload = await run_in_threadpool(self.media.begin_upload, limit_bytes=limit_bytes)
        try:
            arriving = pieces(request, piece_bytes=PIECE_BYTES, idle_timeout_seconds=self.idle_timeout_seconds)
            async with aclosing(arriving):
                async for piece in arriving:
                    await run_in_threadpool(upload.write, piece)
            return await run_in_threadpool(_taken, take, upload)
        except UploadTooLargeError:
            return _too_large(limit_bytes)
        except TimeoutError:
            return LingeringClose(_refusal(408, "The upload was broken off: nothing came for too long."), seconds=0)
        except ClientDisconnect:
            return _refusal(400, "The upload was broken off.")
        finally:
            await run_in_threadpool(upload.discard)

    def _accept(self, key: str, declared_type: str, upload: IncomingUpload) -> Mapping[str, str]:
        receive_upload(upload, key, declared_type, tasks=self.tasks, media=self.media, intake=self.intake)
        self.parts.discard(key)
        return {}

    def _keep_part(self, key: str, number: int, upload: IncomingUpload) -> Mapping[str, str]:
        part = receive_part(upload, key, number, tasks=self.tasks, parts=self.parts)
        return {"ETag": f'"{part.etag}"'}


def _taken(take: Take, upload: IncomingUpload) -> Response:
    """Return the answer to an upload that has arrived, with the headers that whoever takes it returns."""
    try:
        return Response(status_code=200, headers=take(upload))
    except UploadRefusedError as error:
        return _refusal(409, str(error))
    except TaskDeletedError:
        return _refusal(404, TASK_DELETED)
    except RequestError as error:
        return _refusal(400, str(error))


def _too_large(limit_bytes: int) -> Response:
    return LingeringClose(_refusal(413, too_large(limit_bytes).text))


def _refusal(status: int, text: str) -> Response:
    return JSONResponse(error_body(status, text), status_code=status)

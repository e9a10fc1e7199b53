"""A job's upload URL on a node: bodies are written down as they arrive."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from veil.adapters.folders.signed_urls import SignedUrls, UrlRefusedError
from veil.adapters.folders.upload_sessions import FolderUploadSessions
from veil.adapters.folders.uploads import IncomingUpload, UploadTooLargeError
from veil.contracts.syntonym.upload_session import (
    LIST_LIMIT_BYTES,
    PutBlock,
    PutBlockList,
    SessionRefusedError,
    asked_for,
    block_ids_of,
    commit,
    created,
    refusal,
    refused,
    require_waiting,
)
from veil.domain.errors import JobNotFoundError, StaleJobError
from veil.domain.upload_blocks import BlockRefusedError
from veil.http.response import Response as HttpResponse
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.request_body import BodyTooLargeError, announced_bytes, pieces, small_body
from veil.node.endpoints.routes import asgi_response
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore
from veil.use_cases.jobs import take_upload

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadSessionEndpoint:
    """Takes uploads of jobs. The URL's signature is all that a client shows."""

    urls: SignedUrls
    sessions: FolderUploadSessions
    jobs: JobStore
    clock: Clock
    limit_bytes: int

    async def __call__(self, request: Request) -> Response:
        """Return the answer to one PUT."""
        try:
            return asgi_response(await self._put(request))
        except (BlockRefusedError, SessionRefusedError, JobNotFoundError, StaleJobError) as error:
            answer = refused(error)
        except (UploadTooLargeError, BodyTooLargeError):
            answer = refusal(413, "RequestBodyTooLarge", f"The limit is {self.limit_bytes} bytes.")
        except TimeoutError:
            answer = refusal(408, "RequestTimeout", "Nothing came for too long.")
        except ClientDisconnect:
            answer = refusal(400, "IncompleteBody", "The upload was broken off.")
        return LingeringClose(asgi_response(answer))

    async def _put(self, request: Request) -> HttpResponse:
        query = dict(request.query_params)
        job_id = self._job_id(request, query)
        asked = asked_for(query, dict(request.headers))
        if isinstance(asked, PutBlockList):
            block_ids = block_ids_of(await small_body(request, limit_bytes=LIST_LIMIT_BYTES))
            await run_in_threadpool(self._commit, job_id, block_ids)
        elif isinstance(asked, PutBlock):
            put = partial(self.sessions.put_block, job_id, asked.block_id)
            await self._receive(request, job_id, put)
        else:
            await self._receive(request, job_id, partial(self._keep_whole, job_id))
        return created(job_id)

    def _job_id(self, request: Request, query: dict[str, str]) -> str:
        try:
            return self.urls.verify("PUT", request.scope["path"].rstrip("/"), query)
        except UrlRefusedError as error:
            raise SessionRefusedError(str(error)) from error

    def _keep_whole(self, job_id: str, incoming: IncomingUpload) -> None:
        take_upload(job_id, self.sessions.commit_whole(job_id, incoming), jobs=self.jobs, clock=self.clock)

    def _commit(self, job_id: str, block_ids: Sequence[str]) -> None:
        commit(job_id, block_ids, sessions=self.sessions, jobs=self.jobs, clock=self.clock)

    async def _receive(self, request: Request, job_id: str, keep: Callable[[IncomingUpload], None]) -> None:
        await run_in_threadpool(require_waiting, job_id, self.jobs)
        if announced_bytes(request) > self.limit_bytes:
            raise BodyTooLargeError
        incoming = await run_in_threadpool(self.sessions.begin, job_id)
        try:
            arriving = pieces(request, piece_bytes=_PIECE_BYTES)
            async with aclosing(arriving):
                async for piece in arriving:
                    await run_in_threadpool(incoming.write, piece)
            await run_in_threadpool(keep, incoming)
        finally:
            await run_in_threadpool(incoming.discard)

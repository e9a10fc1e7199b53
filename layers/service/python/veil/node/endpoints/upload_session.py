"""A job's upload URL: it takes blocks as Azure's Put Block and Put Block List do, or all at once as Put Blob."""

import re
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from email.utils import formatdate
from xml.sax.saxutils import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from veil.adapters.folders.signed_urls import SignedUrls, UrlRefusedError
from veil.adapters.folders.upload_sessions import BlockRefusedError, FolderUploadSessions
from veil.adapters.folders.uploads import IncomingUpload, UploadTooLargeError
from veil.domain.errors import JobNotFoundError, StaleJobError
from veil.domain.job import JobStatus
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.request_body import BodyTooLargeError, announced_bytes, pieces, small_body
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore
from veil.use_cases.jobs import take_upload

_PIECE_BYTES = 1024 * 1024
_LIST_LIMIT_BYTES = 8 << 20
_LIST = re.compile(
    r"(?:<\?xml[^>]*\?>)?\s*<BlockList>(.*)</BlockList>|(?:<\?xml[^>]*\?>)?\s*<BlockList\s*/>", re.DOTALL
)
_BLOCK = re.compile(r"<(Latest|Uncommitted)>([^<]+)</\1>")


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
        query = dict(request.query_params)
        try:
            job_id = self.urls.verify("PUT", request.scope["path"].rstrip("/"), query)
            await self._put(request, job_id, query)
        except UrlRefusedError as error:
            return _refusal(403, "AuthenticationFailed", str(error))
        except (JobNotFoundError, StaleJobError):
            return _refusal(409, "BlobAlreadyExists", "The job takes no upload any more.")
        except BlockRefusedError as error:
            return _refusal(413 if error.code == "RequestBodyTooLarge" else 400, error.code, str(error))
        except (UploadTooLargeError, BodyTooLargeError):
            return _refusal(413, "RequestBodyTooLarge", f"The limit is {self.limit_bytes} bytes.")
        except TimeoutError:
            return _refusal(408, "RequestTimeout", "Nothing came for too long.")
        except ClientDisconnect:
            return _refusal(400, "IncompleteBody", "The upload was broken off.")
        return _created(job_id)

    async def _put(self, request: Request, job_id: str, query: dict[str, str]) -> None:
        kind = query.get("comp", "")
        if kind == "blocklist":
            block_ids = _block_ids(await small_body(request, limit_bytes=_LIST_LIMIT_BYTES))
            await run_in_threadpool(self._commit, job_id, block_ids)
        elif kind == "block":
            block_id = query.get("blockid", "").replace(" ", "+")
            if not block_id:
                raise BlockRefusedError("InvalidQueryParameterValue", "The parameter blockid is missing.")
            await self._receive(request, job_id, lambda block: self.sessions.put_block(job_id, block_id, block))
        elif kind:
            raise BlockRefusedError("InvalidQueryParameterValue", "The parameter comp must be block or blocklist.")
        else:
            await self._put_whole(request, job_id)

    async def _put_whole(self, request: Request, job_id: str) -> None:
        if request.headers.get("x-ms-blob-type", "").lower() != "blockblob":
            raise BlockRefusedError("MissingRequiredHeader", "The header x-ms-blob-type must be BlockBlob.")

        def keep(incoming: IncomingUpload) -> None:
            take_upload(job_id, self.sessions.commit_whole(job_id, incoming), jobs=self.jobs, clock=self.clock)

        await self._receive(request, job_id, keep)

    def _commit(self, job_id: str, block_ids: Sequence[str]) -> None:
        job = self.jobs.get(job_id)
        if job is not None and job.committed == self.sessions.upload_name(block_ids):
            return  # the client missed the answer
        self._require_waiting(job_id)
        take_upload(job_id, self.sessions.commit_blocks(job_id, block_ids), jobs=self.jobs, clock=self.clock)

    async def _receive(self, request: Request, job_id: str, keep: Callable[[IncomingUpload], None]) -> None:
        await run_in_threadpool(self._require_waiting, job_id)
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

    def _require_waiting(self, job_id: str) -> None:
        job = self.jobs.get(job_id)
        if job is None or job.status is not JobStatus.NEW:
            raise StaleJobError(f"Job {job_id} takes no upload.")


def _block_ids(body: bytes) -> list[str]:
    found = _LIST.fullmatch(body.decode("utf-8", "backslashreplace").strip())
    inner = (found[1] or "") if found else "?"
    if _BLOCK.sub("", inner).strip():
        raise BlockRefusedError("InvalidXmlDocument", "The body must be a BlockList of Latest or Uncommitted blocks.")
    return [each[2].strip() for each in _BLOCK.finditer(inner)]


def _created(job_id: str) -> Response:
    etag = {"ETag": f'"{job_id}"', "Last-Modified": formatdate(usegmt=True)}
    return Response(status_code=201, headers={**etag, "job_id": job_id, "x-ms-request-server-encrypted": "false"})


def _refusal(status: int, code: str, text: str) -> Response:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{escape(text)}</Message></Error>'
    return LingeringClose(Response(body, status, {"x-ms-error-code": code}, "application/xml"))

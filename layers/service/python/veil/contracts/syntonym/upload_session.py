"""A job's upload URL: what a PUT to it asks for, in the words of Azure's Put Block, Put Block List and Put Blob."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Protocol
from xml.sax.saxutils import escape

from veil.domain.errors import JobNotFoundError, RequestError, StaleJobError
from veil.domain.job import JobStatus
from veil.domain.upload_blocks import BlockRefusedError, upload_name
from veil.http.request import Request
from veil.http.response import Response
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore
from veil.use_cases.jobs import take_upload

LIST_LIMIT_BYTES = 8 << 20
_LIST = re.compile(
    r"(?:<\?xml[^>]*\?>)?\s*<BlockList>(.*)</BlockList>|(?:<\?xml[^>]*\?>)?\s*<BlockList\s*/>", re.DOTALL
)
_BLOCK = re.compile(r"<(Latest|Uncommitted)>([^<]+)</\1>")


class SessionRefusedError(RequestError):
    """The URL is not one that was signed here, or its time is over."""


@dataclass(frozen=True, slots=True)
class PutBlock:
    """A block is sent."""

    block_id: str


@dataclass(frozen=True, slots=True)
class PutBlockList:
    """Blocks that were sent are made the upload."""


@dataclass(frozen=True, slots=True)
class PutBlob:
    """The whole upload is sent."""


class BlockLists(Protocol):
    """Makes blocks that it has an upload."""

    def commit_blocks(self, job_id: str, block_ids: Sequence[str]) -> str:
        """Make the blocks in this order one upload and return its name, which the job takes."""


class BufferedSessions(BlockLists, Protocol):
    """Takes blocks that have arrived."""

    def put_block(self, job_id: str, block_id: str, content: bytes) -> None:
        """Keep a block, in place of an earlier one with the same id."""

    def commit_whole(self, job_id: str, content: bytes) -> str:
        """Make what arrived in one request the upload and return its name, which the job takes."""


@dataclass(frozen=True, slots=True)
class BufferedUploadSession:
    """Takes requests whose body has arrived.

    Attributes:
        job_id_of: Returns the job that a path and its query are signed for, or raises `SessionRefusedError`.
    """

    job_id_of: Callable[[str, Mapping[str, str]], str]
    sessions: BufferedSessions
    jobs: JobStore
    clock: Clock

    def __call__(self, request: Request, job_id: str) -> Response:
        """Return the answer to one PUT."""
        query = {name: values[-1] for name, values in request.query.items()}
        try:
            signed_for = self.job_id_of(request.path.rstrip("/"), query)
            self._put(request, signed_for, asked_for(query, request.headers))
        except (SessionRefusedError, BlockRefusedError, JobNotFoundError, StaleJobError) as error:
            return refused(error)
        return created(job_id)

    def _put(self, request: Request, job_id: str, asked: PutBlock | PutBlockList | PutBlob) -> None:
        if isinstance(asked, PutBlockList):
            commit(job_id, block_ids_of(request.body), sessions=self.sessions, jobs=self.jobs, clock=self.clock)
            return
        require_waiting(job_id, self.jobs)
        if isinstance(asked, PutBlock):
            self.sessions.put_block(job_id, asked.block_id, request.body)
        else:
            whole = self.sessions.commit_whole(job_id, request.body)
            take_upload(job_id, whole, jobs=self.jobs, clock=self.clock)


def asked_for(query: Mapping[str, str], headers: Mapping[str, str]) -> PutBlock | PutBlockList | PutBlob:
    """Return what a PUT asks for.

    Raises:
        BlockRefusedError: Nothing that is known here.
    """
    kind = query.get("comp", "")
    if kind == "blocklist":
        return PutBlockList()
    if kind == "block":
        # A plus that was not encoded arrives as a space.
        block_id = query.get("blockid", "").replace(" ", "+")
        if not block_id:
            raise BlockRefusedError("InvalidQueryParameterValue", "The parameter blockid is missing.")
        return PutBlock(block_id)
    if kind:
        raise BlockRefusedError("InvalidQueryParameterValue", "The parameter comp must be block or blocklist.")
    if headers.get("x-ms-blob-type", "").lower() != "blockblob":
        raise BlockRefusedError("MissingRequiredHeader", "The header x-ms-blob-type must be BlockBlob.")
    return PutBlob()


def block_ids_of(body: bytes) -> list[str]:
    """Return the ids that a list of blocks names, in its order.

    Raises:
        BlockRefusedError: It is no list of blocks.
    """
    found = _LIST.fullmatch(body.decode("utf-8", "backslashreplace").strip())
    inner = (found[1] or "") if found else "?"
    if _BLOCK.sub("", inner).strip():
        raise BlockRefusedError("InvalidXmlDocument", "The body must be a BlockList of Latest or Uncommitted blocks.")
    return [each[2].strip() for each in _BLOCK.finditer(inner)]


def commit(job_id: str, block_ids: Sequence[str], *, sessions: BlockLists, jobs: JobStore, clock: Clock) -> None:
    """Make blocks the job's upload; the same list again changes nothing.

    Raises:
        JobNotFoundError: There is no such job.
        StaleJobError: It takes no upload any more.
        BlockRefusedError: A block is not there, or together they are too many.
    """
    job = jobs.get(job_id)
    if job is not None and job.committed == upload_name(block_ids):
        return  # the client missed the answer
    require_waiting(job_id, jobs)
    take_upload(job_id, sessions.commit_blocks(job_id, block_ids), jobs=jobs, clock=clock)


def require_waiting(job_id: str, jobs: JobStore) -> None:
    """Refuse what comes for a job that waits for no upload.

    Raises:
        StaleJobError: It is one of those.
    """
    job = jobs.get(job_id)
    if job is None or job.status is not JobStatus.NEW:
        raise StaleJobError(f"Job {job_id} takes no upload.")


def created(job_id: str) -> Response:
    """Return the answer to what was taken."""
    etag = {"ETag": f'"{job_id}"', "Last-Modified": formatdate(usegmt=True)}
    return Response(201, headers={**etag, "job_id": job_id, "x-ms-request-server-encrypted": "false"})


def refused(error: SessionRefusedError | BlockRefusedError | JobNotFoundError | StaleJobError) -> Response:
    """Return the answer that an error stands for."""
    if isinstance(error, SessionRefusedError):
        return refusal(403, "AuthenticationFailed", str(error))
    if isinstance(error, BlockRefusedError):
        return refusal(413 if error.code == "RequestBodyTooLarge" else 400, error.code, str(error))
    return refusal(409, "BlobAlreadyExists", "The job takes no upload any more.")


def refusal(status: int, code: str, text: str) -> Response:
    """Return an error in Azure's shape."""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{escape(text)}</Message></Error>'
    return Response(status, body, "application/xml", {"x-ms-error-code": code})

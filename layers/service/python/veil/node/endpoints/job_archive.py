"""`GET /v1/job_archive/{job_id}`: every result of a job as one zip, made while it is sent."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from veil.adapters.folders.media import FolderMediaStore
from veil.contracts.syntonym.results import ResultFile, job_results
from veil.contracts.syntonym.routes import JobsBackend
from veil.http.response import Response as Answer
from veil.node.endpoints.media import GUARDED
from veil.node.endpoints.routes import asgi_response

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class JobArchiveEndpoint:
    """Answers with a zip that is nowhere as a whole: it may be larger than the memory and the free disk."""

    backend: JobsBackend
    media: FolderMediaStore

    async def __call__(self, request: Request) -> Response:
        """Return the answer."""
        job_id = request.scope["path"].rstrip("/").rpartition("/")[2]
        results = await run_in_threadpool(job_results, self.backend, dict(request.headers), job_id)
        if isinstance(results, Answer):
            return asgi_response(results)
        named = {"Content-Disposition": f'attachment; filename="{job_id}.zip"'}
        return StreamingResponse(self._zipped(results), headers={**GUARDED, **named}, media_type="application/zip")

    def _zipped(self, results: tuple[ResultFile, ...]) -> Iterator[bytes]:
        buffer = _ZipBuffer()
        # Pictures and videos hardly shrink.
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for result in results:
                yield from self._member(archive, result, buffer)
        yield buffer.taken()

    def _member(self, archive: zipfile.ZipFile, result: ResultFile, buffer: "_ZipBuffer") -> Iterator[bytes]:
        stored = self.media.locate(result.key)
        if stored is None:
            # What has begun as a zip cannot end as a refusal: broken off, it is no zip.
            raise FileNotFoundError(result.key)
        member = zipfile.ZipInfo(result.name, result.made_at.timetuple()[:6])
        with stored.path.open("rb") as file, archive.open(member, "w", force_zip64=True) as target:
            while piece := file.read(_PIECE_BYTES):
                target.write(piece)
                yield buffer.taken()


class _ZipBuffer:
    """Takes what a zip writes and gives it to whoever sends it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Keep everything until it is taken."""

    def close(self) -> None:
        """Have nothing to close."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

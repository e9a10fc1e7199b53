"""`PUT /v1/direct_upload/{file_name}`: tells where to send the file, once the client is done sending it here."""

from contextlib import aclosing
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from veil.contracts.syntonym.routes import JobsBackend, direct_upload
from veil.http.errors import error_body
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.request_body import announced_bytes, pieces
from veil.node.endpoints.routes import asgi_response, query_of

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DirectUploadEndpoint:
    """Answers with a redirect. Most clients read it only after they have sent everything, so that is thrown away."""

    backend: JobsBackend

    async def __call__(self, request: Request) -> Response:
        """Return the answer."""
        name = request.scope["path"].rstrip("/").rpartition("/")[2]
        headers = dict(request.headers)
        if announced_bytes(request) > self.backend.limit_bytes:
            return self._too_large()
        answer = asgi_response(await run_in_threadpool(direct_upload, self.backend, name, headers, query_of(request)))
        if headers.get("expect", "").lower() == "100-continue":
            return answer  # it waits to be told before it sends anything
        return answer if await self._drained(request) else self._too_large()

    async def _drained(self, request: Request) -> bool:
        left = self.backend.limit_bytes
        arriving = pieces(request, piece_bytes=_PIECE_BYTES)
        async with aclosing(arriving):
            async for piece in arriving:
                left -= len(piece)
                if left < 0:
                    return False
        return True

    def _too_large(self) -> Response:
        text = f"The file is larger than the limit of {self.backend.limit_bytes} bytes."
        return LingeringClose(JSONResponse(error_body(413, text), 413))

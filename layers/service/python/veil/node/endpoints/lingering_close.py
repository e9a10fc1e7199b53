"""An answer to somebody who is still sending."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# How long a client that was refused may go on sending before the connection is cut. Most clients read
# the answer only after they have sent everything: this is a full upload on an ordinary line.
LINGER_SECONDS = 30.0


class LingeringClose(Response):
    """Goes out at once, and then throws away what still arrives for a while.

    Closing a socket with unread bytes resets it, and the client would never read why it was refused.
    """

    def __init__(self, answer: Response, *, seconds: float = LINGER_SECONDS) -> None:
        super().__init__(answer.body, answer.status_code, {**answer.headers, "connection": "close"})
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's signature
        """Answer (ASGI)."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        try:
            async with asyncio.timeout(self._seconds):
                while (await receive()).get("more_body"):
                    pass
        except TimeoutError:
            # It goes on sending: now the connection is cut.
            pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})

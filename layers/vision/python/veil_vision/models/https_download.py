"""Download a file by https, going on where an earlier attempt broke off."""

import urllib.error
import urllib.request
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from veil_vision.errors import DownloadError, NotThereError

ATTEMPTS = 3
TIMEOUT_SECONDS = 60
BLOCK = 1 << 16


def download(url: str, part: Path, *, most_bytes: int) -> bytes:
    """Return the file behind the address; while it is incomplete, what has come lies in `part`.

    A later call goes on from there. Whether the bytes are the right ones is for the caller to check; a
    file longer than `most_bytes` is cut off behind one byte more, so that the check fails.

    Raises:
        NotThereError: The server has no such file.
        DownloadError: The address is not https, or the file did not come whole in `ATTEMPTS` attempts.
    """
    require_https(url)
    part.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(ATTEMPTS):
        try:
            _go_on(url, part, most_bytes + 1)
            return _taken(part)
        except urllib.error.HTTPError as error:
            reason: Exception = error
            _judge(url, part, error)
        except (OSError, HTTPException) as error:
            reason = error
    raise DownloadError(f"Could not download {url}: {reason}. The same command goes on from here.") from reason


def require_https(url: str) -> None:
    """Return only if the address is an https one.

    Raises:
        DownloadError: It is not.
    """
    if urlsplit(url).scheme != "https":
        raise DownloadError("Models are fetched by https only")


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never out of https."""

    def redirect_request(  # noqa: PLR0917 - the base class sets the signature
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Check the new address before the base class goes there."""
        require_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _go_on(url: str, part: Path, most_bytes: int) -> None:
    """Append what is missing; start anew where the server does not send parts."""
    here = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={here}-"} if here else {})  # noqa: S310 - https only
    with urllib.request.build_opener(_HttpsOnly()).open(request, timeout=TIMEOUT_SECONDS) as response:
        resumes = response.status == HTTPStatus.PARTIAL_CONTENT
        with part.open("ab" if resumes else "wb") as file:
            left = most_bytes - (here if resumes else 0)
            while left > 0 and (block := response.read(min(left, BLOCK))):
                file.write(block)
                left -= len(block)
        if response.length and left:
            raise ConnectionError(f"the connection ended {response.length:,} bytes early")


def _judge(url: str, part: Path, error: urllib.error.HTTPError) -> None:
    """Return where another attempt makes sense: without the part, when the server refuses to go on from it."""
    with error:
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.exists():
            part.unlink()
        elif error.code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise NotThereError(f"{url} does not exist") from error
        elif error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise DownloadError(f"Could not download {url}: {error}") from error


def _taken(part: Path) -> bytes:
    data = part.read_bytes()
    part.unlink()
    return data

"""URLs that open one file for one method until they expire."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import NamedTuple
from urllib.parse import urlencode

from veil.domain.errors import RequestError
from veil.ports.clock import Clock

MEDIA_PATH = "/media/"


class UrlForm(NamedTuple):
    """Where signed URLs lead, and what their query calls the expiry and the signature."""

    path: str
    expiry: str
    signature: str


MEDIA_FORM = UrlForm(MEDIA_PATH, "expires", "signature")
# Azure's names: its own client keeps no others of a query.
SESSION_FORM = UrlForm("/v1/upload_session/", "se", "sig")


class UrlRefusal(Enum):
    """What is wrong with a URL."""

    EXPIRED = "expired"
    WRONG = "wrong"


class UrlRefusedError(RequestError):
    """A media URL that this service did not sign for this method, or no longer honours.

    Attributes:
        refusal: Which of the two. Only a URL that was signed here is ever told that it expired.
    """

    def __init__(self, refusal: UrlRefusal) -> None:
        super().__init__(
            "This URL has expired. Ask for a new one."
            if refusal is UrlRefusal.EXPIRED
            else "This URL is not valid. Use it exactly as it was given, with its method."
        )
        self.refusal = refusal


class SignedUrls:
    """Signs and verifies `{base}/media/{key}?expires=<unix seconds>&signature=<HMAC-SHA256>`.

    The signature covers method, key and expiry. The base is not covered, so that a proxy may have
    another name; a path in the base must be taken off by that proxy.
    URLs of another form have a secret of their own.
    """

    def __init__(self, base_url: str, secret: bytes, clock: Clock, *, form: UrlForm = MEDIA_FORM) -> None:
        self._form = form
        self._base_url = base_url.rstrip("/")
        self._secret = secret
        self._clock = clock

    def sign(self, method: str, key: str, *, life: timedelta) -> str:
        """Return the absolute URL."""
        expires = str(int((self._clock.now() + life).timestamp()))
        query = urlencode({self._form.expiry: expires, self._form.signature: self._signature(method, key, expires)})
        return f"{self._base_url}{self._form.path}{key}?{query}"

    def verify(self, method: str, path: str, query: Mapping[str, str]) -> str:
        """Return the key that a request may use.

        Args:
            method: The request's method, in capitals.
            path: The request's path, which starts with the path of these URLs.
            query: The fields of its query.

        Raises:
            UrlRefusedError: The signature is not ours for this method and key, or its time is over.
        """
        key, expires = path.removeprefix(self._form.path), query.get(self._form.expiry, "")
        expected = self._signature(method, key, expires)
        if not hmac.compare_digest(_bytes_of(query.get(self._form.signature, "")), expected.encode()):
            raise UrlRefusedError(UrlRefusal.WRONG)
        if int(expires) <= self._clock.now().timestamp():
            raise UrlRefusedError(UrlRefusal.EXPIRED)
        return key

    def _signature(self, method: str, key: str, expires: str) -> str:
        # What is signed is unambiguous: no line break is in a method or in a key that a URL was made for.
        message = _bytes_of(f"{method}\n{key}\n{expires}")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


def _bytes_of(text: str) -> bytes:
    """Return some bytes for any text, also for what no encoding allows: a caller may send anything."""
    return text.encode("utf-8", "backslashreplace")

"""Webhook calls, to checked addresses only.

Python's own HTTP client speaks over a socket that is opened here: so the address that was checked is
the one that is called, no proxy setting is read, no redirect followed and no URL logged.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from veil.domain.errors import WebhookCallError
from veil.ports.webhooks import WebhookAnswer, WebhookCall
from veil.webhooks.guard import WebhookTarget, checked_addresses, read_webhook_url
from veil.webhooks.reach import PUBLIC_ONLY, Address, WebhookReach

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0

Resolve = Callable[[str, int], Sequence[str]]
"""Returns a host's addresses as text, the preferred one first; raises OSError when it has none."""


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Ask the operating system for a host's addresses."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class HttpWebhookSender:
    """Sends webhook calls. Shared safely by threads.

    A call takes at most the total time after its name was resolved, however slowly the receiver
    answers. The body of the answer is not read.
    """

    def __init__(
        self,
        *,
        reach: WebhookReach = PUBLIC_ONLY,
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """Prepare to send.

        `tls` says whom to trust: by default the certificate authorities that the system trusts.
        """
        self._reach = reach
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds

    def send(self, call: WebhookCall) -> WebhookAnswer:
        """POST the call once; see the port `WebhookSender`."""
        target = read_webhook_url(call.url, reach=self._reach)
        addresses = checked_addresses(target, self._addresses(target), reach=self._reach)
        end = time.monotonic() + self._total_seconds
        with _in_our_words(target.host), self._connected(target, addresses) as sock, _Deadline(sock, end):
            client = self._client(target)
            client.sock = sock
            return _exchange(client, target.path, call)

    def _addresses(self, target: WebhookTarget) -> Sequence[str]:
        try:
            return self._resolve(target.host, target.port)
        except OSError as error:
            raise WebhookCallError(f"The name {target.host} was not found.") from error

    @contextlib.contextmanager
    def _connected(self, target: WebhookTarget, addresses: Sequence[Address]) -> Iterator[socket.socket]:
        with self._open(target, addresses) as sock:
            if target.scheme == "http":
                yield sock
                return
            with self._tls.wrap_socket(sock, server_hostname=target.host) as secured:
                yield secured

    def _client(self, target: WebhookTarget) -> http.client.HTTPConnection:
        """Return a client that is not connected. It knows the host, so it writes the Host header."""
        if target.scheme == "http":
            return http.client.HTTPConnection(target.host, target.port)
        return http.client.HTTPSConnection(target.host, target.port, context=self._tls)

    def _open(self, target: WebhookTarget, addresses: Sequence[Address]) -> socket.socket:
        """Connect to the first address of each family that answers: many hosts have a family that does not work."""
        first_of_family = {address.version: address for address in reversed(addresses)}
        *others, last = sorted(first_of_family.values(), key=addresses.index)
        for address in others:
            with contextlib.suppress(OSError):  # the next address is tried, and its error counts
                return socket.create_connection((str(address), target.port), self._connect_seconds)
        return socket.create_connection((str(last), target.port), self._connect_seconds)


def _exchange(client: http.client.HTTPConnection, path: str, call: WebhookCall) -> WebhookAnswer:
    """Send the request over the client's open connection and read the head of the answer."""
    # Who refuses a long body may answer and hang up before it has all of it: then the answer is what counts, and
    # without one reading it fails in the same way.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
        client.request("POST", path, body=call.body, headers={**call.headers, "Connection": "close"})
    with client.getresponse() as response:
        return WebhookAnswer(response.status, response.getheader("Retry-After"))


@contextlib.contextmanager
def _in_our_words(host: str) -> Iterator[None]:
    """Translate what goes wrong on the way into messages without secrets."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise WebhookCallError(f"The certificate of {host} is not valid: {error.verify_message}.") from error
    except TimeoutError as error:
        raise WebhookCallError(f"{host} took too long to answer.") from error
    except ConnectionRefusedError as error:
        raise WebhookCallError(f"{host} refused the connection.") from error
    except (OSError, http.client.HTTPException) as error:
        raise WebhookCallError(f"The connection to {host} failed ({type(error).__name__}).") from error


class _Deadline:
    """Shuts a connection down at a moment: a socket's own time-out starts anew with every byte."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        """Guard the connection until `end`, a time of the monotonic clock."""
        remaining = max(0.0, end - time.monotonic())
        # Longer than the timer's, so that it is always the timer that ends the wait.
        sock.settimeout(remaining + 1)
        self._sock = sock
        self._timer = threading.Timer(remaining, self._shut_down)
        self._passed = threading.Event()

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the guard.

        Raises:
            TimeoutError: The moment came first. What was read until then is not a whole answer.
        """
        self._timer.cancel()
        if self._passed.is_set():
            raise TimeoutError from error

    def _shut_down(self) -> None:
        self._passed.set()
        with contextlib.suppress(OSError):  # the receiver was faster and has gone
            # Not SSLSocket.shutdown, which takes the TLS state away from under the reading thread.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

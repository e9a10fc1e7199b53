"""Connections are held for as long as a client makes use of them, and no more of them than the process can hold."""

import asyncio
import resource
import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from veil.node import connections
from veil.node.connections import DESCRIPTORS_PER_CONNECTION, MOST_CONNECTIONS, BoundedConnection, connection_limit
from veil.node.http_server import listening_on
from veil.node.smuggling_guard import SmugglingGuard

LONG_SECONDS = 60
ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class Hasty(BoundedConnection):
    # A busy machine keeps a thread waiting for a fifth of a second now and then.
    headers_seconds = 0.5
    reading_seconds = 0.5


async def answer(scope, receive, send):
    """Read the whole request, then answer with many bytes if its path asks for them."""
    while (await receive()).get("more_body"):
        pass
    body = b"x" * (100_000_000 if scope["path"] == "/long" else 2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(protocol, *, app=answer, **options):
    config = uvicorn.Config(
        app, timeout_graceful_shutdown=1, http=protocol, ws="none", lifespan="off", log_config=None, **options
    )
    server, listening = uvicorn.Server(config), listening_on("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def connect():
    opened = []

    def to(port, **options):
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=LONG_SECONDS, **options))
        return opened[-1]

    yield to
    for each in opened:
        each.close()


def is_cut(client):
    """Tell whether the server ends the connection; waits for it, or for an answer."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GET / HT", ASKED], ids=["nothing", "half a line", "headers without end"])
def test_a_client_that_does_not_finish_its_headers_is_cut_off(connect, sent):
    with serving(Hasty) as port:
        client = connect(port)
        client.sendall(sent)

        assert is_cut(client)


def test_a_client_that_does_not_read_its_answer_is_cut_off(connect):
    cut = threading.Event()

    class Telling(Hasty):
        def cut(self):
            super().cut()
            cut.set()

    with serving(Telling) as port:
        client = connect(port)
        client.sendall(ASKED.replace(b"/ ", b"/long ", 1) + b"\r\n")
        assert cut.wait(LONG_SECONDS)

        received = 0
        with pytest.raises(ConnectionResetError):  # noqa: PT012  # it may take many reads
            while chunk := client.recv(1 << 20):
                received += len(chunk)
            raise ConnectionResetError

    assert received < 100_000_000


def test_a_body_may_take_longer_than_headers_may(connect):
    with serving(Hasty) as port:
        client = connect(port)
        client.sendall(ASKED.replace(b"GET", b"POST") + b"Content-Length: 2\r\n\r\nx")
        threading.Event().wait(3 * Hasty.headers_seconds)
        client.sendall(b"y")

        assert client.recv(12) == b"HTTP/1.1 200"


def test_what_follows_a_request_with_two_lengths_is_not_taken_for_another_request(connect):
    smuggled = ASKED.replace(b"/", b"/long", 1) + b"\r\n"
    with serving(BoundedConnection, app=SmugglingGuard(answer)) as port:
        client = connect(port)
        lengths = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % (len(smuggled) + 5)
        client.sendall(ASKED.replace(b"GET", b"POST") + lengths + b"0\r\n\r\n" + smuggled)
        answered = b"".join(iter(lambda: client.recv(1 << 16), b""))

    assert answered.startswith(b"HTTP/1.1 400")
    assert answered.count(b"HTTP/1.1") == 1


def test_the_newest_client_takes_the_place_of_the_one_that_has_been_silent_longest(connect):
    with serving(BoundedConnection, limit_concurrency=3) as port:
        silent = [connect(port) for _ in range(3)]
        asking = connect(port)
        asking.sendall(ASKED + b"\r\n")

        assert asking.recv(12) == b"HTTP/1.1 200"
        assert is_cut(silent[0])


def is_answered(client):
    """Read a whole answer; its head and its body may arrive one after the other."""
    read = b""
    while not read.endswith(b"\r\n\r\nxx"):
        chunk = client.recv(1000)
        if not chunk:
            return False
        read += chunk
    return read.startswith(b"HTTP/1.1 200 ")


def is_cut_after(client, sent):
    """Send, and tell whether the server ends the connection within the socket's time-out."""
    try:
        client.sendall(sent)
        return client.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_headers_that_drip_are_cut_off_however_long_they_go_on(connect):
    with serving(Hasty) as port:
        client = connect(port)
        client.sendall(ASKED)
        client.settimeout(0.05)

        assert any(is_cut_after(client, b"X-%d: 1\r\n" % number) for number in range(600))


def test_the_headers_of_a_second_request_have_the_same_time(connect):
    with serving(Hasty) as port:
        client = connect(port)
        client.sendall(ASKED + b"\r\n")
        assert is_answered(client)
        client.sendall(ASKED)

        assert is_cut(client)


def test_headers_and_bodies_that_do_not_end_give_way_like_silence(connect):
    with serving(BoundedConnection, limit_concurrency=10) as port:
        for number in range(30):
            body = b"Content-Length: 9\r\n\r\na" if number % 2 else b""
            connect(port).sendall(ASKED + body)
        client = connect(port)
        client.sendall(ASKED + b"\r\n")

        assert is_answered(client)


def test_the_address_that_has_most_connections_gives_way_first(connect):
    with serving(BoundedConnection, limit_concurrency=10) as port:
        quiet = connect(port, source_address=("127.0.0.2", 0))
        for _ in range(40):
            connect(port)
        quiet.sendall(ASKED + b"\r\n")

        assert is_answered(quiet)


def test_who_is_being_answered_keeps_the_place_and_the_next_one_is_told_503(connect):
    asked, released = threading.Semaphore(0), threading.Event()

    async def slow(scope, receive, send):
        asked.release()
        await asyncio.get_running_loop().run_in_executor(None, released.wait)
        await answer(scope, receive, send)

    with serving(BoundedConnection, app=slow, limit_concurrency=3) as port:
        busy = [connect(port) for _ in range(2)]
        for each in busy:
            each.sendall(ASKED + b"\r\n")
            asked.acquire(timeout=LONG_SECONDS)
        late = connect(port)
        late.sendall(ASKED + b"\r\n")
        refusal = late.recv(12)
        released.set()

        assert refusal == b"HTTP/1.1 503"
        assert all(map(is_answered, busy))


@given(st.integers(64, 20_000), st.integers(64, 20_000))
def test_the_limit_leaves_three_descriptors_in_four_for_other_things(soft, hard):
    soft = min(soft, hard)
    raised = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections.resource, "getrlimit", lambda _: (soft, hard))
        patch.setattr(connections.resource, "setrlimit", lambda _, limits: raised.append(limits))
        limit = connection_limit()

    assert limit <= MOST_CONNECTIONS
    assert limit * DESCRIPTORS_PER_CONNECTION <= hard
    assert all(soft < new_soft <= hard == most for new_soft, most in raised)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0

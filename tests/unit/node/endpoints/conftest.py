"""Real HTTP for one application at a time."""

import asyncio
import socket
from threading import Thread

import pytest
import uvicorn


@pytest.fixture
def serve():
    """Serves an ASGI application on a port of its own and returns the address."""
    servers = []

    def start(sock, app):
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
        thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])))
        thread.start()
        servers.append((server, thread, sock))

    yield start
    for server, thread, sock in servers:
        server.should_exit = True
        thread.join()
        sock.close()


@pytest.fixture
def listening():
    """A socket for the server that is about to start, which will close it."""
    return socket.create_server(("127.0.0.1", 0))

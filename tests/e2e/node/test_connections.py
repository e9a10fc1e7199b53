"""Whoever holds connections and says nothing keeps nobody else from being served."""

import socket
import sys
from contextlib import ExitStack

import pytest
import requests

# Runs the command behind it with few file descriptors, as the limit of 1,024 is few for 1,100 connections.
FEW_FILES = (
    sys.executable,
    "-c",
    "import os, resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)); "
    "os.execv(sys.argv[1], sys.argv[1:])",
)
SILENT = 400


@pytest.fixture(scope="module")
def small_node(new_node):
    node = new_node()
    node.prefix = FEW_FILES
    yield node.start()
    node.close()


def test_more_silent_connections_than_file_descriptors_do_not_stop_the_node(small_node, photos):
    client = small_node.ana()
    with ExitStack() as held:
        for _ in range(SILENT):
            silent = held.enter_context(socket.create_connection(("127.0.0.1", small_node.port), timeout=60))
            silent.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Never-Ends: ")

        answers = [requests.get(f"{small_node.base_url}/v1/status", timeout=60).status_code for _ in range(5)]
        ended = client.anonymize(photos[0])

    assert answers == [200] * 5
    assert ended["task_status"] == "done"

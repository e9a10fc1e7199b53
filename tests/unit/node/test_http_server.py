"""What the node listens on."""

import socket

import pytest

from veil.node.http_server import NodeBusyError, listening_on, local_url


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_accepted_connection_sends_small_answers_at_once(host):
    with listening_on(host, 0) as listening, socket.create_connection(listening.getsockname()[:2]):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_another_has_is_refused():
    with listening_on("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(NodeBusyError) as refused:
            listening_on("127.0.0.1", port)

    assert str(refused.value) == f"Cannot listen on 127.0.0.1:{port}: Address already in use."


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("fe80::1", "http://[fe80::1]:80"),
        ("veil.lan", "http://veil.lan:80"),
    ],
)
def test_clients_on_this_machine_are_told_an_address_that_leads_here(host, url):
    assert local_url(host, 80) == url

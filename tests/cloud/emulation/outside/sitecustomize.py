"""The internet of the functions' processes, and their clock: Python runs this at its start.

The internet is one public host, whose door is a port of this machine. The service itself refuses to
call private addresses, so it is told a public one; where that leads is nobody's business but the network's.
"""

import os
import socket

from shifted_clock import shift_clock

HOST = os.environ["OUTSIDE_HOST"]
PORT = int(os.environ["OUTSIDE_PORT"])
ADDRESS = "8.8.4.4"

_resolve, _connect = socket.getaddrinfo, socket.create_connection


def getaddrinfo(host, port, *args, **options):
    if host == HOST:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ADDRESS, port))]
    return _resolve(host, port, *args, **options)


def create_connection(address, *args, **options):
    return _connect(("127.0.0.1", PORT) if address[0] == ADDRESS else address, *args, **options)


socket.getaddrinfo = getaddrinfo
socket.create_connection = create_connection
shift_clock()

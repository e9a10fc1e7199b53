"""WSGI applications on a port of this machine that is free."""

import logging
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

HEADERS = "veil.headers"
"""Where an application finds the headers as they were sent, in WSGI's environment."""


class Served:
    """An application that answers until it is closed."""

    def __init__(self, application, *, handler=WSGIRequestHandler):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        settings = {"protocol_version": "HTTP/1.1", "disable_nagle_algorithm": True, "make_environ": _with_headers}
        quiet = type("Quiet", (handler,), {**settings, "handler": handler})
        self._server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=quiet)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _with_headers(self):
    """Keep headers as they were sent: WSGI knows none with an underscore, which API Gateway passes on."""
    return {**self.handler.make_environ(self), HEADERS: self.headers.items()}

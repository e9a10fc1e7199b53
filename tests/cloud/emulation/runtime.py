"""Lambda functions: each environment a process under AWS's own runtime client, started when it is first needed."""

import json
import subprocess
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import BoundedSemaphore, RLock
from uuid import uuid4

from werkzeug.wrappers import Response

from tests.cloud.emulation.serving import Served

_LOOK_SECONDS = 0.05
_LEAST_TIMEOUT = 100
"""Seconds that every function gets: a busy machine takes longer to start a process than Lambda gives it to answer."""


class InvocationError(Exception):
    """The function raised, ran out of time or died; the text says which."""


@dataclass(frozen=True)
class Launch:
    """How to start one environment of a function."""

    name: str
    arguments: list
    folder: object
    environment: dict
    timeout: float
    arn: str
    log: object


class Environment:
    """One process, and the runtime API that it asks for events."""

    def __init__(self, launch):
        self._launch = launch
        self._events, self._results = Queue(), Queue()
        self._served = Served(self)
        api = {"AWS_LAMBDA_RUNTIME_API": self._served.url.removeprefix("http://")}
        with launch.log.open("ab") as log:
            self.process = subprocess.Popen(
                launch.arguments, cwd=launch.folder, env=launch.environment | api, stdout=log, stderr=log
            )

    def invoke(self, event):
        """Return the function's answer."""
        self._events.put((str(uuid4()), json.dumps(event).encode()))
        seconds = max(self._launch.timeout, _LEAST_TIMEOUT)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                kind, body = self._results.get(timeout=_LOOK_SECONDS)
            except Empty:
                if self.process.poll() is None:
                    continue
                raise InvocationError(f"{self._launch.name} exited with {self.process.returncode}") from None
            if kind == "response":
                return json.loads(body)
            raise InvocationError(f"{self._launch.name}: {body.decode()}")
        raise InvocationError(f"{self._launch.name} timed out after {seconds} s")

    def close(self):
        self.process.kill()
        self.process.wait()
        self._events.put(None)
        self._served.close()

    def __call__(self, environ, start_response):
        """Serve the Runtime API: `next` waits for an event, everything else brings a result."""
        *_, last = environ["PATH_INFO"].split("/")
        if last == "next":
            return self._next()(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self._results.put((last, body))
        return Response(status=202)(environ, start_response)

    def _next(self):
        waiting = self._events.get()
        if waiting is None:
            return Response(status=410)
        request_id, body = waiting
        deadline = int((time.time() + self._launch.timeout) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": self._launch.arn,
        }
        return Response(body, headers=headers, content_type="application/json")


@dataclass
class Function:
    """A function with at most `most` environments at a time; whoever finds none free waits."""

    launch: Launch
    most: int = 2
    running: deque = field(default_factory=deque)
    idle: deque = field(default_factory=deque)

    def __post_init__(self):
        self._slots = BoundedSemaphore(self.most)
        self._lock = RLock()

    @property
    def arn(self):
        return self.launch.arn

    def invoke(self, event):
        """Return the function's answer.

        Raises:
            InvocationError: There is none.
        """
        with self._slots:
            environment = self._take()
            try:
                answer = environment.invoke(event)
            except InvocationError:
                self._end(environment)
                raise
            self.idle.append(environment)
            return answer

    @contextmanager
    def held(self):
        """Let nobody be served as long as a `with` lasts, as where others take all there is. Waits for who is."""
        for _ in range(self.most):
            self._slots.acquire()
        try:
            yield
        finally:
            for _ in range(self.most):
                self._slots.release()

    def kill(self):
        """Kill the processes that are there, as a machine that dies does."""
        for environment in list(self.running):
            environment.process.kill()

    def close(self):
        for environment in list(self.running):
            self._end(environment)

    def log(self):
        return self.launch.log.read_text() if self.launch.log.exists() else ""

    def _take(self):
        with self._lock:
            while self.idle:
                environment = self.idle.pop()
                if environment.process.poll() is None:
                    return environment
                self._end(environment)
            environment = Environment(self.launch)
            self.running.append(environment)
            return environment

    def _end(self, environment):
        """End an environment, unless somebody else did: a deployment that closes ends what is at work."""
        with self._lock:
            if environment not in self.running:
                return
            self.running.remove(environment)
        environment.close()

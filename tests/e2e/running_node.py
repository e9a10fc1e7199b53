"""A node as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.e2e.client import WAIT_SECONDS, Client, wait_until
from veil.node.stores import NodeStores

ANA = ("ana@example.org", "correct horse battery")


@dataclass
class Node:
    """`veil serve` as a process of its own, on a folder that outlives it."""

    data: Path
    options: tuple = ()
    environment: dict = field(default_factory=dict)
    prefix: tuple = ()  # of the command, for a program that runs it
    port: int = 0
    process: subprocess.Popen | None = None
    clients: list = field(default_factory=list)

    VEIL = (sys.executable, "-c", "import sys; from veil.cli import main; sys.exit(main())")

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_file(self):
        return self.data.with_suffix(".log")

    @property
    def error_file(self):
        """What is printed besides the log."""
        return self.data.with_suffix(".err")

    def log_lines(self):
        return self.log_file.read_text().splitlines() if self.log_file.exists() else []

    def log(self, message):
        """Return the log records with this message."""
        records = [json.loads(line) for line in self.log_lines()]
        return [record for record in records if record["message"] == message]

    def run_command(self, *arguments):
        """Run another `veil` command on the node's folder."""
        command = [*self.VEIL, *map(str, arguments), "--data", str(self.data)]
        return subprocess.run(
            command, capture_output=True, text=True, env=os.environ | self.environment | {"COLUMNS": "200"}
        )

    def command(self):
        options = ["--data", self.data, "--port", self.port, "--workers", 1, *self.options]
        return [*self.prefix, *self.VEIL, "serve", *map(str, options)]

    def start(self, *, until_ready=True):
        served = len(self.log("serving"))
        environment = os.environ | {"VEIL_USER": ANA[0], "VEIL_PASSWORD": ANA[1]} | self.environment
        with self.log_file.open("a") as log, self.error_file.open("a") as errors:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=errors, env=environment)
        wait_until(lambda: len(self.log("serving")) > served or self.process.poll() is not None, what="serving")
        assert self.process.poll() is None, self.error_file.read_text()
        self.port = int(self.log("serving")[-1]["url"].rpartition(":")[2])
        if until_ready:
            wait_until(lambda: requests.get(f"{self.base_url}/v1/status", timeout=60).ok, what="ready")
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_SECONDS)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stores(self):
        return NodeStores.open(self.data)

    def add_account(self, name, password):
        return self.stores().accounts.add(name, password)

    def client(self, account=None):
        """Return a client, signed in when given an account's name and password."""
        client = Client(self.base_url)
        if account:
            client.token = client.sign_in(*account).json()["AccessToken"]
        self.clients.append(client)
        return client

    def ana(self):
        """Return a client that is signed in to the account that every node has."""
        return self.client(ANA)

    def kill_worker_of(self, task):
        """Kill the worker that has the task, with signal 9, and return the worker's name."""
        return self.signal_worker_of(task, signal.SIGKILL)

    def signal_worker_of(self, task, number):
        """Send a signal to the worker that has the task, and return the worker's name."""
        worker = self.stores().tasks.get(task["customer_id"], task["task_id"]).lease.worker
        pid = next(record["pid"] for record in self.log("a worker is ready") if record["worker"] == worker)
        os.kill(pid, number)
        return worker

    def close(self):
        for client in self.clients:
            client.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

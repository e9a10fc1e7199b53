"""The node's image as a container engine runs it: read-only files, one volume, no rights, process 1 of its own."""

import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cloud.emulation.built_images import BuiltImage
from tests.e2e.client import WAIT_SECONDS
from tests.e2e.running_node import Node

# `--read-only --tmpfs /tmp`, in words of the kernel. The network is the machine's own.
_ENTER = """
mount --bind "$0" "$0"
mount -o remount,ro,bind "$0"
mount -t tmpfs tmpfs "$0/tmp"
mount --bind /dev "$0/dev"
mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
mount -t proc proc "$0/proc"
mount --bind "$1" "$0/data"
user=$2 folder=$3
shift 3
exec chroot --userspec="$user" "$0" env --ignore-environment --chdir="$folder" "$@"
"""


@dataclass
class ContainedNode(Node):
    """A node in its image; `data` is its volume, `options` what the user adds to the image's command."""

    image: BuiltImage | None = None

    def __post_init__(self):
        self.data.mkdir()
        os.chown(self.data, *map(int, self.image.config["User"].split(":")))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def command(self):
        return self.inside(*self.image.config["Entrypoint"], *self.image.config["Cmd"], *self.options)

    def inside(self, *command):
        """Return the command line that runs a command in the image, on the volume."""
        told = self.image.environment | self.environment | {"VEIL_PORT": str(self.port)}
        enter = ["unshare", "--mount", "--pid", "--fork", "sh", "-ec", _ENTER, str(self.image.root)]
        whose = [str(self.data), self.image.config["User"], self.image.config["WorkingDir"]]
        return [*enter, *whose, *(f"{name}={value}" for name, value in told.items()), *command]

    def execute(self, *command, **options):
        """Run a command beside the service, as `docker exec` does, and return how it ended."""
        return subprocess.run(self.inside(*command), capture_output=True, **options)

    def health(self):
        """Return the exit code of the image's health check."""
        kind, *command = self.image.health_check
        assert kind == "CMD"
        return self.execute(*command).returncode

    def stop(self):
        """Send SIGTERM to the container's process 1, as `docker stop` does."""
        os.kill(self.first_process(), signal.SIGTERM)
        return self.process.wait(WAIT_SECONDS)

    def kill(self):
        """Kill process 1, and with it all of the container.

        The end of `unshare` alone would not do: the kernel forgets `--kill-child` when the user changes.
        """
        os.kill(self.first_process(), signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        super().close()

    def first_process(self):
        """Return the number that the container's process 1 has outside."""
        outer = self.process.pid
        return int(Path(f"/proc/{outer}/task/{outer}/children").read_text())

    def status_of_first_process(self):
        lines = Path(f"/proc/{self.first_process()}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

"""Programs under watch: whom they speak to is written down, and nobody outside this machine hears them."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import watched

# ONNX Runtime also keeps silent where CI is set.
VARIABLES = (
    "CI",
    "ORT_DISABLE_TELEMETRY",
    "AWS_EC2_METADATA_DISABLED",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)


@dataclass(frozen=True)
class Watch:
    """A log of addresses, and an empty home folder."""

    log: Path
    home: Path

    @property
    def prefix(self):
        """What stands before a command that is to be watched."""
        return (sys.executable, watched.__file__, str(self.log))

    def spoken_to(self):
        return [json.loads(line)["to"] for line in self.log.read_text().splitlines()]

    def written(self):
        """Return the files that appeared below the home folder."""
        return sorted(str(each.relative_to(self.home)) for each in self.home.rglob("*") if not each.is_dir())

    def run(self, *command):
        done = subprocess.run([*self.prefix, *map(str, command)], capture_output=True, text=True, timeout=200)
        if done.returncode == watched.CANNOT_WATCH:
            pytest.skip(f"system calls cannot be watched here: {done.stderr.strip()}")
        return done


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """A watch that works here and has seen nothing yet, over programs that know nothing that this test run was told."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    made = Watch(tmp_path / "spoken-to.log", tmp_path / "home")
    made.home.mkdir()
    monkeypatch.setenv("HOME", str(made.home))
    made.run("true")
    return made

"""The programs of docs/migrating.md run as they are printed."""

import os
import re
import subprocess
import sys

import pytest

from tests.e2e.running_node import ANA
from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key

PROGRAM = re.compile(r"^```python (\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

# Syntonym's names a result after its upload.
RESULTS = dict.fromkeys(("syntonym", "backend"), "photo_anon.jpg")


@pytest.fixture(scope="module")
def environments(plain, container, jobs_folder):
    """What the programs read, by API."""
    account = {"VEIL_USER": ANA[0], "VEIL_PASSWORD": ANA[1], "JOBS_FOLDER": str(jobs_folder)}
    nodes = {"v2": plain, "v1": plain, "container": container, "syntonym": plain, "backend": container}
    return {
        api: os.environ | account | {"VEIL_URL": node.base_url, "VEIL_KEY": key_of(node, api)}
        for api, node in nodes.items()
    }


def key_of(node, api):
    """Return an API key that is good for one picture."""
    label = f"migrating from {api}"
    return add_key(label, keys=node.stores().api_keys, clock=SystemClock(), credits_granted=1).secret


@pytest.fixture(scope="module")
def programs(repository):
    """The programs by the API they are for."""
    text = (repository / "docs" / "migrating.md").read_text(encoding="utf-8")
    return PROGRAM.findall(text)


def test_every_api_has_its_program(programs):
    assert [api for api, _ in programs] == ["v2", "v1", "container", "container", "syntonym", "backend"]


@pytest.mark.parametrize("index", range(6))
def test_a_program_hides_the_face(environments, programs, portrait, tmp_path, index):
    api, program = programs[index]
    (tmp_path / "photo.jpg").write_bytes(portrait)

    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environments[api], check=True, timeout=60)

    anonymized = (tmp_path / RESULTS.get(api, "anonymized.jpg")).read_bytes()
    assert anonymized.startswith(b"\xff\xd8\xff")
    assert anonymized != portrait

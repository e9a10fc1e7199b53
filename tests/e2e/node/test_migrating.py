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
RESULTS = {"syntonym": "photo_anon.jpg"}


@pytest.fixture(scope="module")
def environments(plain, container):
    """What the programs read, by API."""
    key = add_key("migrating", keys=plain.stores().api_keys, clock=SystemClock(), credits_granted=1).secret
    account = {"VEIL_USER": ANA[0], "VEIL_PASSWORD": ANA[1], "VEIL_KEY": key}
    nodes = {"v2": plain, "v1": plain, "container": container, "syntonym": plain}
    return {api: os.environ | account | {"VEIL_URL": node.base_url} for api, node in nodes.items()}


@pytest.fixture(scope="module")
def programs(repository):
    """The programs by the API they are for."""
    text = (repository / "docs" / "migrating.md").read_text(encoding="utf-8")
    return PROGRAM.findall(text)


def test_every_api_has_its_program(programs):
    assert [api for api, _ in programs] == ["v2", "v1", "container", "container", "syntonym"]


@pytest.mark.parametrize("index", range(5))
def test_a_program_hides_the_face(environments, programs, portrait, tmp_path, index):
    api, program = programs[index]
    (tmp_path / "photo.jpg").write_bytes(portrait)

    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environments[api], check=True, timeout=60)

    anonymized = (tmp_path / RESULTS.get(api, "anonymized.jpg")).read_bytes()
    assert anonymized.startswith(b"\xff\xd8\xff")
    assert anonymized != portrait

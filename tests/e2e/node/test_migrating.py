"""The programs of docs/migrating.md run as they are printed."""

import os
import re
import subprocess
import sys

import pytest

from tests.e2e.running_node import ANA

PROGRAM = re.compile(r"^```python (\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def nodes(plain, container):
    """The nodes that the programs talk to, by API."""
    return {"v2": plain, "v1": plain, "container": container}


@pytest.fixture(scope="module")
def programs(repository):
    """The programs by the API they are for."""
    text = (repository / "docs" / "migrating.md").read_text(encoding="utf-8")
    return PROGRAM.findall(text)


def test_every_api_has_its_program(programs):
    assert [api for api, _ in programs] == ["v2", "v1", "container", "container"]


@pytest.mark.parametrize("index", range(4))
def test_a_program_hides_the_face(nodes, programs, portrait, tmp_path, index):
    api, program = programs[index]
    (tmp_path / "photo.jpg").write_bytes(portrait)
    names = ("VEIL_URL", "VEIL_USER", "VEIL_PASSWORD")
    environment = os.environ | dict(zip(names, (nodes[api].base_url, *ANA), strict=True))

    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, timeout=60)

    anonymized = (tmp_path / "anonymized.jpg").read_bytes()
    assert anonymized.startswith(b"\xff\xd8\xff")
    assert anonymized != portrait

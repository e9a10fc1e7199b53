"""What `make demo` says and saves, run on a photo as a newcomer would."""

import os
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
import requests
from PIL import Image
from skimage import data

from tests.drawn_plates import HIGH, WIDE, drawn_plate

LEFT, TOP = 752, 240
# Requests whose lines in the log are more than a pipe holds, 64 KiB.
A_PIPE_FULL = 500


@pytest.fixture
def street(tmp_path):
    """A file with one face and one plate, which is drawn into a real photo."""
    photo = Image.new("RGB", (1112, 512), (128, 128, 128))
    photo.paste(Image.fromarray(data.astronaut()))
    photo.paste(Image.fromarray(data.coffee()), (512, 0))
    photo.paste(drawn_plate(), (LEFT, TOP))
    photo.save(tmp_path / "street.png")
    return tmp_path / "street.png"


def test_the_demo_hides_faces_and_plates_and_says_how_many_of_each(street, repository, default_models, tmp_path):
    command = [sys.executable, str(repository / "docs/examples/demo.py"), "--photo", str(street)]
    environment = os.environ | {"VEIL_MODELS_DIR": str(default_models)}

    done = subprocess.run(
        command, cwd=tmp_path, env=environment, check=True, timeout=120, capture_output=True, text=True
    )

    assert "Hidden: 1 face, 1 licence plate. See:" in done.stdout.splitlines()
    hidden = np.array(Image.open(tmp_path / "demo-output/binary_mask.png")) > 0
    assert hidden[TOP : TOP + HIGH, LEFT : LEFT + WIDE].mean() >= 0.9


def test_the_demo_says_why_a_file_cannot_be_anonymized(repository, default_models, tmp_path):
    (tmp_path / "party.jpg").write_bytes(b"no picture")
    command = [sys.executable, str(repository / "docs/examples/demo.py"), "--photo", "party.jpg"]
    environment = os.environ | {"VEIL_MODELS_DIR": str(default_models)}

    done = subprocess.run(command, cwd=tmp_path, env=environment, timeout=120, capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("The task failed: CONTENT_TYPE_ERROR. ")
    assert "Traceback" not in done.stderr


def test_the_demos_service_answers_however_much_it_logs(repository, default_models, monkeypatch):
    monkeypatch.syspath_prepend(repository / "docs/examples")
    monkeypatch.setenv("VEIL_MODELS_DIR", str(default_models))

    with import_module("demo").service("demo", "correct-horse") as base_url, requests.Session() as session:
        answers = [session.get(f"{base_url}/v2/task", timeout=10) for _ in range(A_PIPE_FULL)]

    assert {each.status_code for each in answers} == {401}

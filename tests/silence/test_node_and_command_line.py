"""A node and the command line speak to nobody, and write nothing but what they were told to."""

import time

import pytest
from PIL import Image

from tests.clips import make_clip
from tests.e2e.running_node import ANA, Node

A_MINUTE = 60


@pytest.fixture
def portrait(astronaut, tmp_path):
    """A JPEG file of 256 x 256 with one face."""
    file = tmp_path / "portrait.jpg"
    Image.fromarray(astronaut[:256, 96:352]).save(file, quality=92)
    return file


@pytest.fixture
def clip(tmp_path):
    """An MP4 file of four frames, with audio."""
    return make_clip(tmp_path / "clip.mp4", audio="aac", frames=4)


@pytest.fixture
def node(watch, models, tmp_path):
    """A node under watch, with no client but the test, which is not."""
    node = Node(tmp_path / "node", environment={"VEIL_MODELS_DIR": str(models)}, prefix=watch.prefix)
    yield node.start()
    node.close()


@pytest.fixture
def worked(node, portrait, clip):
    """The node, after a photo with every class and a video."""
    client = node.client(ANA)
    asked = dict.fromkeys(("face", "license_plate", "person", "vehicle"), True)
    assert client.anonymize(portrait.read_bytes(), **asked)["task_status"] == "done"
    assert client.anonymize(clip.read_bytes(), face=True)["task_status"] == "done"
    return node


def test_a_node_speaks_to_nobody_from_its_start_to_its_end(worked, watch):
    worked.stop()

    assert watch.spoken_to() == []
    assert watch.written() == []


@pytest.mark.slow
def test_a_node_speaks_to_nobody_in_the_minute_after_a_task(worked, watch):
    time.sleep(A_MINUTE)
    worked.stop()

    assert watch.spoken_to() == []
    assert watch.written() == []


def test_the_command_line_speaks_to_nobody(watch, portrait, clip, models, tmp_path):
    done = watch.run(*Node.VEIL, "anonymize", portrait, clip, "-o", tmp_path / "out", "--models", models)

    assert done.returncode == 0, done.stderr
    assert watch.spoken_to() == []
    assert watch.written() == []


def test_looking_at_the_models_and_adding_an_account_speak_to_nobody(watch, models, tmp_path):
    watch.run(*Node.VEIL, "models", "list", "--models", models)
    watch.run(*Node.VEIL, "users", "list", "--data", tmp_path / "data")

    assert watch.spoken_to() == []

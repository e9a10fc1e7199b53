"""A node that codes videos otherwise than usual says everywhere what its results are."""

import pytest

from tests import clips
from tests.e2e.client import Client
from veil_vision.video.kinds import VideoKind, kind_of_file


@pytest.fixture(scope="module")
def client(new_node):
    """A client of a node that writes AV1 and asks nobody who they are."""
    node = new_node("--auth", "none", "--profile", "fast", "--encoder", "libsvtav1").start()
    client = Client(node.base_url)
    yield client
    client.close()
    node.close()


def test_a_quicktime_file_that_becomes_mp4_is_called_that_in_every_answer(client, tmp_path, astronaut):
    ride = clips.make_ride(tmp_path / "ride.mov", astronaut[:256, 96:352]).read_bytes()

    form = {"fileobject": ("ride.mov", ride, "video/quicktime")}
    file = client.call("POST", "/v1/file?face=True", files=form).json()["id"]
    task = client.ended(client.submit(ride))

    for place in (f"/v1/file/{file}/anonymised", f"/v1/file/{file}/video/anonymised", task["anonymized_url"]):
        answer = client.call("GET", place)
        (tmp_path / "result").write_bytes(answer.content)
        assert answer.headers["Content-Type"] == "video/mp4"
        assert '.mp4"' in answer.headers["Content-Disposition"]
        assert kind_of_file(tmp_path / "result") is VideoKind.MP4

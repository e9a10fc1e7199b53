"""Videos in the words of the container (contracts/celantur.md C.1, C.8)."""

import json

import pytest

from veil.domain.media import Artifact

CLIP = ("clip.mp4", b"\0\0\0\x18ftypmp42", "video/mp4")


@pytest.fixture
def waiting(api):
    """The id of a video that nobody has worked on."""
    sent = api.send_form(part=CLIP)
    assert sent.status == 200
    return sent.json["id"]


@pytest.fixture
def done(api, waiting, tmp_path):
    """The id of a video whose work is done; its frames are numbered from 0 to 699."""
    frames = ",\n".join(json.dumps({"id": number}) for number in range(700))
    document = f'{{"id": "clip.mp4", "frames": [\n{frames}\n]}}\n'
    api.finish_file(waiting, tmp_path, metadata=document, artifacts=(Artifact.ANONYMIZED, Artifact.METADATA))
    return waiting


@pytest.mark.parametrize("path", ["anonymised", "anonymized"])
def test_the_video_is_where_the_container_has_it(api, done, path):
    answer = api.get(f"/v1/file/{done}/video/{path}")

    assert answer.status == 307
    assert "anonymized.mp4" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", 0, 499),
        ("?start-frame=10&end-frame=10", 10, 10),
        ("?start_frame=650", 650, 699),
        ("?start-frame=900", None, None),
    ],
)
def test_metadata_come_in_ranges(api, done, query, first, last):
    document = api.get(f"/v1/file/{done}/video/metadata{query}").json

    numbers = [frame["id"] for frame in document["frames"]]
    assert document["id"] == "clip.mp4"
    assert numbers == ([] if first is None else list(range(first, last + 1)))


@pytest.mark.parametrize(
    "query",
    [
        "start-frame=0&end-frame=500",
        "start-frame=5&end-frame=4",
        "start-frame=-1",
        "start-frame=a",
        "first=1",
        "start-frame=1&start_frame=2",
    ],
)
def test_a_range_that_is_none_is_refused(api, done, query):
    assert api.get(f"/v1/file/{done}/video/metadata?{query}").status == 400


@pytest.mark.parametrize("path", ["anonymised", "metadata"])
def test_there_is_nothing_before_the_end(api, waiting, path):
    answer = api.get(f"/v1/file/{waiting}/video/{path}")

    assert answer.status == 409
    assert "yet" in answer.error

"""The container's REST mode, by callers who sign in (contracts/celantur.md part C)."""

from io import BytesIO

import pytest
import requests
from PIL import Image

from tests import clips


@pytest.fixture(scope="module")
def call(ana):
    """Sends a request as a container client with a token would, following where the service leads."""

    def request(method, path, **options):
        headers = {"Authorization": ana.token, **options.pop("headers", {})}
        return requests.request(method, f"{ana.base_url}/v1/{path}", headers=headers, timeout=60, **options)

    return request


@pytest.fixture(scope="module")
def send(call):
    """Uploads a form."""

    def upload(picture, *, is_async, query="face=True", kind="image/jpg"):
        headers = {"x-is-async": "1"} if is_async else {}
        return call("POST", f"file?{query}", files={"fileobject": ("a.jpg", picture, kind)}, headers=headers)

    return upload


def test_a_synchronous_upload_has_its_results_when_it_is_answered(send, call, portrait):
    sent = send(portrait, is_async=False)

    task = sent.json()
    assert (sent.status_code, task["status"], task["name"]) == (200, "done", "a.jpg")
    for path in ("anonymised", "anonymized", "binary-mask", "instance-mask"):
        assert Image.open(BytesIO(call("GET", f"file/{task['id']}/{path}").content)).size == (512, 512)
    assert call("GET", f"file/{task['id']}/metadata").json()["id"] == "a.jpg"


def test_an_asynchronous_upload_is_asked_after(send, call, portrait, eventually):
    task = send(portrait, is_async=True).json()

    eventually(lambda: call("GET", f"task/{task['id']}").json()["status"] == "done")

    assert requests.get(call("GET", f"task/{task['id']}").json()["anonymised_url"], timeout=60).status_code == 401
    assert call("GET", f"file/{task['id']}/anonymised").status_code == 200


def test_a_synchronous_upload_of_a_broken_image_says_so(send, portrait):
    sent = send(portrait[:2000], is_async=False)

    assert sent.status_code == 422
    assert "IMAGE_DEFECT" in sent.json()["error"]


def test_a_task_goes_in_parts_or_as_a_whole(send, call, portrait):
    task = send(portrait, is_async=False).json()["id"]

    assert call("DELETE", f"task/{task}?input=true").json()["status"] == "done"
    assert call("GET", f"file/{task}/original").status_code == 404
    assert call("GET", f"file/{task}/anonymised").status_code == 200
    assert call("DELETE", f"task/{task}").json()["status"] == "forgotten"
    assert call("GET", f"task/{task}").status_code == 404
    assert task not in call("GET", "task/list").text


def test_a_form_beyond_the_limit_is_refused(send):
    assert send(b"\xff\xd8\xff" + bytes(6_000_000), is_async=True).status_code == 413


def test_a_form_without_a_file_is_refused(call):
    assert call("POST", "file?face=True", files={"other": ("a.jpg", b"x", "image/jpeg")}).status_code == 400


def test_a_video_is_answered_whole_in_parts_and_frame_by_frame(call, astronaut, tmp_path):
    ride = clips.make_ride(tmp_path / "ride.mp4", astronaut[:256, 96:352]).read_bytes()
    files = {"fileobject": ("ride.mp4", ride, "video/mp4")}

    task = call("POST", "file?face=True&audio=drop", files=files).json()

    whole = call("GET", f"file/{task['id']}/video/anonymised")
    assert (task["status"], whole.headers["Content-Type"]) == ("done", "video/mp4")
    part = call("GET", f"file/{task['id']}/video/anonymised", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    frames = call("GET", f"file/{task['id']}/video/metadata?start-frame=2&end-frame=3").json()["frames"]
    assert [frame["id"] for frame in frames] == [2, 3]
    assert frames[0]["detections"][0]["type_label"] == "face"
    mask = call("GET", f"file/{task['id']}/instance-mask")
    assert (mask.status_code, mask.headers["Content-Type"]) == (200, "video/x-matroska")
    assert call("GET", f"file/{task['id']}/instance-mask?mask-scale=50").status_code == 400


def test_an_image_has_no_video(send, call, portrait):
    task = send(portrait, is_async=True).json()["id"]

    assert call("GET", f"file/{task}/video/anonymised").status_code == 409

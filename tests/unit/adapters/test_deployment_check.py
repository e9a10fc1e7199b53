"""The parts of `veil cloud check` that need no deployment; the whole of it: tests/cloud/test_check.py."""

import socket
from email.message import Message
from io import BytesIO

import av
import pytest
from PIL import Image, ImageDraw

from veil.adapters.deployment_check.checklist import Checklist, NotCheckedError, Outcome, StepFailedError
from veil.adapters.deployment_check.http_client import Answer, send
from veil.adapters.deployment_check.picture import PLATE, SIZE, draw_car, draw_picture, require_hidden_plate
from veil.adapters.deployment_check.video import FRAMES, RATE, draw_video, require_hidden_plates


def outcomes(checklist):
    return {each.name: (each.outcome, each.reason) for each in checklist.steps}


def failing(error):
    def act():
        raise error

    return act


def changed(*boxes, colour=(60, 80, 120)):
    """Return the picture with the boxes painted over."""
    picture = Image.open(BytesIO(draw_picture()))
    for box in boxes:
        ImageDraw.Draw(picture).rectangle(box, fill=colour)
    file = BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def test_each_step_says_how_it_ended_and_why():
    told = []
    checklist = Checklist(told.append)

    checklist.take("a", lambda: "seen")
    checklist.take("b", failing(StepFailedError("nobody there")))
    checklist.take("c", failing(NotCheckedError("no rights")))

    assert outcomes(checklist) == {
        "a": (Outcome.OK, "seen"),
        "b": (Outcome.FAILED, "nobody there"),
        "c": (Outcome.SKIPPED, "not checked: no rights"),
    }
    assert told == checklist.steps


@pytest.mark.parametrize("needed", ["failed", "skipped", "never taken"])
def test_a_step_is_skipped_where_one_that_it_needs_did_not_pass(needed):
    checklist = Checklist(lambda _: None)
    checklist.take("failed", failing(StepFailedError("x")))
    checklist.take("skipped", failing(NotCheckedError("x")))

    checklist.take("last", failing(AssertionError("was taken")), needs=[needed])

    assert outcomes(checklist)["last"] == (Outcome.SKIPPED, f"not checked: it needs the step '{needed}'")


@pytest.mark.parametrize(("error", "passed"), [(StepFailedError("x"), False), (NotCheckedError("x"), True)])
def test_only_a_failed_step_fails_the_check(error, passed):
    checklist = Checklist(lambda _: None)

    checklist.take("a", failing(error))

    assert checklist.passed is passed


def test_a_result_without_its_plate_passes():
    require_hidden_plate(draw_picture(), changed(PLATE))


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (draw_picture(), "still shows the licence plate"),
        (changed((0, 0, 640, 480)), "another picture"),
        (b"<Error>", "no picture"),
    ],
)
def test_any_other_result_is_told(returned, words):
    with pytest.raises(StepFailedError, match=words):
        require_hidden_plate(draw_picture(), returned)


@pytest.fixture
def closed_port():
    """A port of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_an_address_at_which_nobody_answers_is_told_without_its_signature(closed_port):
    with pytest.raises(StepFailedError, match=r"^No answer from 127\.0\.0\.1: .*refused") as failed:
        send("GET", f"http://127.0.0.1:{closed_port}/file?signature=secret", headers={})

    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("url", ["None", "file:///etc/hostname", "ftp://127.0.0.1/file"])
def test_nothing_but_http_is_opened(url):
    with pytest.raises(StepFailedError):
        send("GET", url, headers={})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"status_code": 404, "error": "There is nothing here."}', "404 There is nothing here."),
        (b"<Error><Code>AccessDenied</Code><Message>secret</Message></Error>", "404 AccessDenied"),
        (b"<html>", "404"),
        (b"[1]", "404"),
    ],
)
def test_a_refusal_is_told_in_the_services_words_where_it_has_any(body, words):
    assert Answer(404, Message(), body).complaint() == words


def painted_video(frames, *, plate_in=()):
    """Return a clip of the drawn car without its plate, but in some frames."""
    file, bare = BytesIO(), Image.open(BytesIO(changed(PLATE)))
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", 8_000_000
        for number in range(frames):
            out.mux(stream.encode(av.VideoFrame.from_image(draw_car() if number in plate_in else bare)))
        out.mux(stream.encode(None))
    return file.getvalue()


def test_a_video_without_its_plate_passes():
    require_hidden_plates(draw_video(), painted_video(FRAMES))


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (painted_video(FRAMES, plate_in={3}), "still shows the licence plate"),
        (painted_video(FRAMES - 1), f"{FRAMES - 1} frames, the video {FRAMES}"),
        (b"<Error>", "no video"),
    ],
)
def test_any_other_video_is_told(returned, words):
    with pytest.raises(StepFailedError, match=words):
        require_hidden_plates(draw_video(), returned)

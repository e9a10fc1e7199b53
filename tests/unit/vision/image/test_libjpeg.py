"""A process of its own copies the coefficients of JPEGs: what it refuses, serves again, and may use."""

import contextlib
import dataclasses
import os
import signal

import numpy as np
import pytest

from veil_vision.image import libjpeg
from veil_vision.image.files import decode_image
from veil_vision.image.jpeg_coding import NotKeptError, read_coding


def photo(height, width):
    return np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_what_the_library_refuses_ends_its_own_process_only(build):
    coding = read_coding(decode_image(build.jpeg(photo(64, 64))).coded)

    for data, reason in ((b"\xff\xd8\xff\xd9", "JPEG datastream contains no image"), (coding.data[:-200], "damaged")):
        with pytest.raises(NotKeptError, match=reason):
            libjpeg.rewritten(dataclasses.replace(coding, data=data), [], [])


def test_one_process_serves_the_next_jpeg_and_only_one_that_failed_or_was_ended_is_replaced(build):
    coding = read_coding(decode_image(build.jpeg(photo(64, 64))).coded)
    libjpeg.end_processes()

    def process_after(data: bytes) -> int | None:
        with contextlib.suppress(NotKeptError):
            libjpeg.rewritten(dataclasses.replace(coding, data=data), [], [])
        return next((each.pid for each in libjpeg._processes._waiting), None)

    first = process_after(coding.data)
    assert first
    assert process_after(coding.data) == first
    os.kill(first, signal.SIGKILL)
    second = process_after(coding.data)
    assert second not in {first, None}
    assert process_after(coding.data[:-200]) is None


def test_a_process_that_ends_before_it_was_given_everything_says_why(build, monkeypatch):
    coding = read_coding(decode_image(build.jpeg(photo(64, 64))).coded)
    monkeypatch.setattr(libjpeg, "_START", "import sys; sys.exit('no time today')")
    libjpeg.end_processes()

    with pytest.raises(NotKeptError, match="no time today"):
        libjpeg.rewritten(dataclasses.replace(coding, data=bytes(1 << 20)), [], [])


def test_the_process_has_no_more_memory_than_a_picture_of_its_size_needs(build, monkeypatch):
    coding = read_coding(decode_image(build.jpeg(photo(480, 640))).coded)
    monkeypatch.setattr(libjpeg, "_INTERPRETER_BYTES", 0)

    with pytest.raises(NotKeptError):
        libjpeg.rewritten(coding, [], [])

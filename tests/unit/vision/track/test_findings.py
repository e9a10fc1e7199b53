"""What a run found comes back from its file, and nothing is hidden less."""

import gzip
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.track import link
from veil_vision.track.findings import Findings, findings_of_photo, read_findings, write_findings

SIZE = (640, 360)
TIMES = (1000, 1040, 1075, 1120)


def findings(boxes=((10.3, 20.7, 50.1, 60.9),), *, times=TIMES):
    faces = Detections.of(list(boxes), None, ObjectClass.PERSON)
    looks = [faces if i == 1 else None for i in range(len(times))]
    return Findings(
        link(looks, [], SIZE, 24.9), SIZE, times, Fraction(1, 1000), "5f", (ObjectClass.PERSON,), 0.3, "mute"
    )


edge = st.floats(-20, 600, width=32)
side = st.floats(0, 90, width=32)
boxes = st.lists(st.tuples(edge, edge, side, side).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])), max_size=3)


@settings(max_examples=25)
@given(boxes)
def test_the_same_places_are_hidden_again_each_at_most_an_eighth_of_a_pixel_larger(found):
    before = findings(found)
    after = read_findings(write_findings(before))

    assert (after.size, after.times, after.time_base) == (before.size, before.times, before.time_base)
    assert (after.source, after.looked_for) == (before.source, before.looked_for)
    assert (after.margin, after.audio) == (before.margin, before.audio)
    assert (after.video.rate, after.video.looked_at) == (before.video.rate, before.video.looked_at)
    for frame in range(len(TIMES)):
        was, now = before.video.at(frame), after.video.at(frame)
        assert (now.classes, now.tracks) == (was.classes, was.tracks)
        assert np.allclose(now.scores, was.scores, atol=1e-4)
        out = (now.boxes - was.boxes) * np.array([-1, -1, 1, 1])
        assert (out >= -1e-4).all()
        assert (out <= 0.126).all()
    assert after.video.ledger.as_json() == before.video.ledger.as_json()


def test_an_outline_comes_back_as_it_was():
    cells = np.random.default_rng(1).random((7, 5)) < 0.5
    seen = Detections.of([(1, 2, 3, 4), (10, 20, 50, 60)]).with_segments([None, Segment.of((10, 20, 51, 61), cells)])
    after = read_findings(
        write_findings(findings_of_photo(seen, size=SIZE, source="5f", looked_for=["face"], margin=0.1))
    )

    nothing, segment = after.video.at(0).segments
    assert nothing is None
    assert segment.place == (10, 20, 51, 61)
    assert np.array_equal(segment.cells, cells)


def walking(frames):
    """The findings of a person who walks, at whose outline somebody looked in every tenth frame."""
    generator = np.random.default_rng(1)
    looks = []
    for i in range(frames):
        person = Detections.of([(i, 50, i + 81.5, 250.3)], None, ObjectClass.PERSON)
        grid = Segment.of((i, 50, i + 82, 251), generator.random((200, 82)) < 0.02)
        looks.append(person.with_segments([None if i % 10 else grid]))
    return Findings(link(looks, [], SIZE, 25), SIZE, tuple(range(frames)), Fraction(1, 25), "5f", (), 0.1)


def test_outlines_that_were_carried_come_back_and_frames_share_them_in_the_file():
    before = walking(61)
    file = write_findings(before)
    after = read_findings(file)

    for frame in range(61):
        was, now = before.video.at(frame).segments, after.video.at(frame).segments
        assert [each.place for each in now] == [each.place for each in was]
        assert all(np.array_equal(*each) for each in zip([s.cells for s in was], [s.cells for s in now], strict=True))
    assert len(json.loads(gzip.decompress(file))["places"]["segment"]["grids"]) == 6


def test_a_photo_has_findings_too_and_each_object_keeps_its_place_among_the_others():
    seen = Detections.concat([Detections.of([(1, 2, 3, 4)], [0.5]), Detections.of([(5, 6, 7, 8)])])
    after = read_findings(
        write_findings(findings_of_photo(seen, size=SIZE, source="5f", looked_for=["face"], margin=0.1))
    )

    shown = after.video.at(0)
    assert (shown.boxes.tolist(), shown.scores.tolist()) == (seen.boxes.tolist(), seen.scores.tolist())
    assert (shown.classes, shown.tracks) == (seen.classes, (0, 1))


def test_the_same_findings_give_the_same_bytes():
    assert write_findings(findings()) == write_findings(findings())


@pytest.mark.parametrize("times", [(), (40,)])
def test_a_video_of_no_or_one_frame_has_findings_too(times):
    assert read_findings(write_findings(findings((), times=times))).times == times


def test_ten_minutes_with_three_faces_take_less_than_a_megabyte():
    looks = [
        Detections.of([(i % 500 + 100 * k, 50 + k, i % 500 + 100 * k + 41.5, 99.3) for k in range(3)])
        for i in range(500)
    ]
    video, times = link(looks, [], SIZE, 25), tuple(range(500))
    file = write_findings(Findings(video, SIZE, times, Fraction(1, 25), "5f", (ObjectClass.FACE,), 0.1))

    assert len(file) * 30 < 1 << 20


def test_a_time_for_every_frame_is_needed():
    with pytest.raises(ValueError, match="3 times for 4 frames"):
        Findings(findings().video, SIZE, (0, 1, 2), Fraction(1, 25), "5f", (), 0.1)


def changed(**fields):
    document = json.loads(gzip.decompress(write_findings(findings())))
    return gzip.compress(json.dumps(document | fields).encode(), mtime=0)


def with_outline(**columns):
    one = {"at": [0], "grid": [0], "place": [0, 0, 9, 9], "grids": [{"shape": [2, 2], "cells": "AA=="}]} | columns
    places = json.loads(gzip.decompress(write_findings(findings())))["places"]
    return changed(places=places | {"segment": one})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cut off"),
        (b"no gzip", "no file of findings"),
        (gzip.compress(b"no json", mtime=0), "no file of findings"),
        (gzip.compress(b"[1]", mtime=0), "no file of findings"),
        (gzip.compress(b"{}", mtime=0), "no file of findings"),
        (write_findings(findings())[:-9], "cut off"),
        (changed(version=1), "version 1"),
        (changed(size=5), "damaged"),
        (changed(time_base=[1, 0]), "damaged"),
        (changed(places={}), "damaged"),
        (changed(tracks=[]), "whose it is"),
        (with_outline(at=[9]), "outline of nothing"),
        (with_outline(grid=[1]), "outline of nothing"),
        (with_outline(place=[0, 0, 1, 1]), "does not fit"),
        (with_outline(grid=[]), "damaged|argument"),
        (with_outline(grids=[{"shape": [9, 9], "cells": "no"}]), "damaged|base64|padding|reshape"),
        (changed(tracks=[{"track": 0}]), "damaged"),
        (changed(looked_for=5), "damaged"),
        (changed(looked_for=["nose"]), "nose"),
    ],
)
def test_a_file_that_cannot_be_believed_is_an_error(data, message):
    with pytest.raises(ValueError, match=message):
        read_findings(data)

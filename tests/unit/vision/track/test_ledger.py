"""What the ledger says of each track."""

import json

import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.track import link

BOX = (100, 100, 140, 140)


def video(seen, frames=40, cuts=(), stride=1):
    looks = [Detections.of([BOX] if i in seen else []) if i % stride == 0 else None for i in range(frames)]
    return link(looks, cuts, (640, 360), 20.0)


def test_frames_are_counted_by_what_is_known_of_them():
    ledger = video([10, 11, 13, 16]).ledger.as_json()

    assert ledger["tracks"] == [
        {
            "track": 0,
            "class": "face",
            "first_seen": {"frame": 10, "second": 0.5},
            "last_seen": {"frame": 16, "second": 0.8},
            "frames": {"detected": 4, "bridged": 3, "extended": 8},
            # Half of the looks missed it, and at either end it would have to be missed in five.
            "frames_at_risk": 2 * (0.5**5 / 0.5),
        }
    ]
    assert ledger["miss_rate"] == 0.5
    assert ledger["object_frames"] == 15
    assert ledger["seconds_at_risk"] == pytest.approx(ledger["object_frames_at_risk"] / 20, abs=0.001)
    json.dumps(ledger)


def test_more_misses_mean_more_risk():
    often, seldom = (video(range(10, 30, step)).ledger.at_risk for step in (1, 2))

    assert 0 < often < seldom


def test_a_track_that_fills_its_shot_has_nothing_at_risk_at_its_ends():
    assert video(range(40)).ledger.at_risk == 0
    assert video(range(2, 38), cuts=[39]).ledger.at_risk == 0


def test_the_middle_of_a_long_gap_is_a_guess_and_counts_in_full():
    assert video([0, 1, 19, 20, 39]).ledger.at_risk == pytest.approx((17 - 10) + (18 - 10))


def test_frames_that_nobody_looked_at_are_not_misses():
    ledger = video(range(0, 40, 4), stride=4).ledger

    assert ledger.miss_rate == pytest.approx(0.001)


def test_without_tracks_nothing_is_at_risk():
    assert video([]).ledger.as_json()["object_frames_at_risk"] == 0

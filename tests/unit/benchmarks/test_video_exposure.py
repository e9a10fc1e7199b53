"""The simulation behind the exposure table, and that tracks keep what the table says."""

import numpy as np
import pytest

from benchmarks.video_exposure import METHODS, Score, detected, measure, video
from veil_vision.geometry.detections import Detections


@pytest.fixture(scope="module")
def scores():
    return measure(4, 5, drop_out=0.15, bursts=False, methods=METHODS[:3])


def test_the_detector_misses_the_share_it_is_told_to():
    truth = video(np.random.default_rng(3))
    shown = sum(int((~np.isnan(boxes[:, 0])).sum()) for boxes in truth.frames)
    found = sum(map(len, detected(truth, np.random.default_rng(4), drop_out=0.15, bursts=False)))

    assert found / shown == pytest.approx(0.85, abs=0.03)


def test_what_is_not_drawn_is_open_and_what_is_drawn_twice_counts_once():
    box = np.array([[100.0, 100, 140, 140]])
    score = Score()
    score.add(box, Detections.of([]))
    score.add(box, Detections.of([*box, *box]))

    assert (score.open_frames, score.object_frames) == (1, 2)
    assert score.needed == 2 * score.hidden


def test_tracks_leave_a_fraction_open_of_what_detections_alone_do(scores):
    alone, tracked = scores["detections alone"], scores["tracks, every frame searched"]

    assert alone.open_frames > 0.1 * alone.object_frames
    assert tracked.open_frames <= 0.002 * tracked.object_frames
    assert tracked.hidden <= 1.25 * tracked.needed


def test_glances_between_searches_leave_little_open_either(scores):
    glanced = scores["tracks, every 8th frame searched, glances between"]

    assert glanced.open_frames <= 0.02 * glanced.object_frames
    assert glanced.hidden <= 1.25 * glanced.needed

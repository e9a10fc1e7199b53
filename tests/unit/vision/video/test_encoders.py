from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import clips
from veil_vision.video.encoders import SPARE_RATE, EncoderSettings, plan_for
from veil_vision.video.probe import probe

KEPT = EncoderSettings(keep_bit_rate=True)


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return probe(clips.make_clip(tmp_path_factory.mktemp("clip") / "ride.mp4", frames=2))


@given(bit_rate=st.integers(1_000, 10**9))
def test_a_kept_bit_rate_is_near_the_sources(facts, bit_rate):
    assert plan_for(KEPT, replace(facts, bit_rate=bit_rate)).bit_rate == pytest.approx(SPARE_RATE * bit_rate, rel=0.1)


def test_of_the_sources_bit_rate_which_what_is_hidden_decides_too_little_is_told(facts):
    told = {plan_for(KEPT, replace(facts, bit_rate=rate)).bit_rate for rate in range(4_000_000, 8_000_000, 1_000)}

    assert len(told) <= 6


def test_an_unknown_bit_rate_is_replaced_by_a_quality(facts):
    plan = plan_for(KEPT, replace(facts, bit_rate=0))

    assert (plan.bit_rate, plan.options["crf"]) == (0, "18")

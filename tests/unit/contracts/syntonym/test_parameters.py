"""Every key of a model's configuration does what it says, and nothing that cannot be meant is taken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.contracts.syntonym.parameters import read_policy
from veil.contracts.syntonym.refusals import InvalidError, RefusedError
from veil.domain.policy import Tiling

PLACE = ("body", "model_config")


def policy(**config):
    return read_policy("blur", config, PLACE)


def test_without_a_key_the_contracts_defaults_hold():
    plain = policy()

    assert (plain.face.hide, plain.license_plate.hide) == (True, True)
    assert (plain.face.threshold, plain.license_plate.threshold) == (None, None)
    assert (plain.boxes, plain.tiling) == (True, None)
    assert read_policy("blur", None, PLACE) == plain


def test_each_class_is_chosen_by_itself():
    assert not policy(blur_face=False).face.hide
    assert not policy(enable_lp=False).license_plate.hide
    with pytest.raises(InvalidError):
        policy(blur_face=False, enable_lp=False)


@pytest.mark.parametrize(("key", "rule"), [("blur_threshold", "face"), ("lp_threshold", "license_plate")])
@given(threshold=st.floats(0, 1))
def test_a_threshold_is_taken_as_it_is_but_for_the_contracts_default(key, rule, threshold):
    assert getattr(policy(**{key: threshold}), rule).threshold == (None if threshold == 0.5 else threshold)


def test_slicing_looks_in_tiles_and_mask_blur_hides_by_outlines():
    assert policy(slicing=True).tiling == Tiling(columns=2, rows=2, overlap_x=0.2, overlap_y=0.2)
    assert not policy(mask_blur=True).boxes


def test_plates_are_followed_with_and_without_lp_track():
    assert policy(lp_track=True) == policy(lp_track=False) == policy()


@given(st.text(alphabet="truefalsTRUEFALS", max_size=6))
def test_flags_are_taken_in_any_case_and_nothing_that_is_none(text):
    if text.lower() in {"true", "false"}:
        assert policy(mask_blur=text).boxes is (text.lower() == "false")
    else:
        with pytest.raises(InvalidError):
            policy(mask_blur=text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"blur_fase": True},
        {"mask_blur": 1},
        {"mask_blur": None},
        {"blur_threshold": True},
        {"blur_threshold": None},
        {"lp_threshold": 1.01},
        {"lp_threshold": "nan"},
        {"syntonymize": True},
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_key(wrong):
    with pytest.raises(InvalidError) as refused:
        policy(**wrong)

    assert refused.value.place == (*PLACE, *wrong)


def test_a_configuration_may_be_json_text():
    config = {"mask_blur": "True", "lp_threshold": 0.25}

    assert read_policy("blur", json.dumps(config), PLACE) == policy(**config)
    for text in ("", "[]", "{", '{"slicing": true, "slicing": false}'):
        with pytest.raises(InvalidError):
            read_policy("blur", text, PLACE)


def test_synthetic_faces_are_refused_as_not_available_and_other_models_as_wrong():
    with pytest.raises(RefusedError, match="not available"):
        read_policy("syn", {}, PLACE)
    for place, told in ((PLACE, ("body", "model")), (("query",), ("query", "model"))):
        with pytest.raises(InvalidError) as refused:
            read_policy("blurr", {}, place)
        assert refused.value.place == told

"""Parameters to a policy and back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.contracts.celantur_v2.parameters import read_parameters
from veil.domain.errors import PolicyError
from veil.domain.policy import AnonymizationMethod, ClassRule, ObjectClass, Policy, Profile, SavedMasks, Tiling, Zone
from veil.http.errors import HttpError
from veil.http.parameter_table import EVERY_CLASS, PARAMETERS
from veil.http.parameter_types import Number
from veil.http.policy_parameters import parameters_of
from veil.http.tiling import PRESETS

LEAST = {"anonymization_method": "blur", "face": True}


def between(low, high):
    return st.floats(low, high) | st.integers(low, high)


overlaps = st.floats(0, 1, exclude_max=True) | st.integers(0, 5000)
sides = st.integers(1, 30_000)
grids = st.builds(Tiling, st.integers(1, 64), st.integers(1, 64), overlaps, overlaps)
sized_grids = st.builds(lambda grid, width, height: replace(grid, width=width, height=height), grids, sides, sides)
zones = st.builds(
    lambda x, y, width, height: Zone(x, y, x + width, y + height),
    st.integers(0, 20_000),
    st.integers(0, 20_000),
    sides,
    sides,
)


def rules(hide):
    return st.builds(
        ClassRule,
        hide=hide,
        threshold=st.none() | between(0, 1),
        kernel_size=between(0, 10_000),
        gradient_start=between(0, 10),
        gradient_stop=between(0, 10),
    )


@st.composite
def policies(draw):
    sure = draw(st.sampled_from(ObjectClass))
    classes = {each.value: draw(rules(st.just(True) if each is sure else st.booleans())) for each in ObjectClass}
    return Policy(
        method=draw(
            st.sampled_from([AnonymizationMethod.BLUR, AnonymizationMethod.PIXELATE, AnonymizationMethod.BLACKEN])
        ),
        profile=draw(st.none() | st.sampled_from(Profile)),
        margin=draw(between(0, 5)),
        boxes=draw(st.booleans()),
        ignore_zones=tuple(draw(st.lists(zones, max_size=3))),
        tiling=draw(st.none() | st.sampled_from(list(PRESETS.values())) | grids | sized_grids),
        quality=draw(st.integers(0, 100)),
        compress_level=draw(st.integers(0, 9)),
        debug=draw(st.booleans()),
        score=draw(st.booleans()),
        masks=draw(st.sampled_from(SavedMasks)),
        mask_scale=draw(between(0, 100)),
        keep_capture_time=draw(st.booleans()),
        keep_gps=draw(st.booleans()),
        keep_panorama=draw(st.booleans()),
        **classes,
    )


@given(policy=policies())
def test_an_echoed_policy_read_again_is_the_same_policy(policy):
    echoed = json.dumps(parameters_of(policy))

    assert read_parameters(json.loads(echoed)).policy == policy


@given(policy=policies(), hyphens=st.sets(st.sampled_from([each.name for each in PARAMETERS])))
def test_hyphens_and_underscores_mean_the_same_in_every_mix(policy, hyphens):
    echoed = parameters_of(policy)
    spelled = {key.replace("_", "-") if key in hyphens else key: value for key, value in echoed.items()}

    assert read_parameters(spelled).policy == policy


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=8,
)
areas = st.fixed_dictionaries(dict.fromkeys(("topLeftX", "topLeftY", "width", "height"), json_values))
grid_objects = st.fixed_dictionaries({"number": json_values}, optional={"overlap": json_values, "size": json_values})


@given(
    body=st.dictionaries(
        st.sampled_from([each.name for each in PARAMETERS]) | st.text(),
        json_values | areas | st.lists(areas, max_size=2) | grid_objects | grid_objects.map(json.dumps),
    )
)
def test_any_object_is_read_or_refused_with_status_400(body):
    refusal = refusal_of({**body, **LEAST})

    assert refusal is None or (refusal.status_code == 400 and refusal.text.startswith("Could not create task. "))


def refusal_of(body):
    try:
        read_parameters(body)
    except HttpError as error:
        return error
    return None


def test_without_more_the_policy_is_the_default_one():
    read = read_parameters(LEAST)

    assert read.policy == replace(Policy(face=replace(EVERY_CLASS.face, hide=True)), method=AnonymizationMethod.BLUR)
    assert read.webhook is None


def test_null_stands_for_a_parameter_that_is_not_given():
    nulls = {each.name: None for each in PARAMETERS if each.name not in LEAST}

    read = read_parameters({**LEAST, **nulls})

    assert (read.policy, read.webhook) == (read_parameters(LEAST).policy, None)


@pytest.mark.parametrize(("text", "hidden"), [("True", True), ("true", True), ("False", False), ("FALSE", False)])
def test_the_text_of_a_python_bool_is_a_bool(text, hidden):
    read = read_parameters({"anonymization_method": "blur", "face": True, "license_plate": text})

    assert read.policy.license_plate.hide is hidden


def test_a_number_without_a_fraction_is_whole_however_it_is_written():
    assert read_parameters({**LEAST, "quality": 75.0}).policy.quality == 75


@pytest.mark.parametrize(
    "parameter", [each for each in PARAMETERS if isinstance(each.kind, Number)], ids=lambda each: each.name
)
def test_the_documented_bounds_are_the_ones_that_hold(parameter):
    kind = parameter.kind

    for inside in (kind.low, kind.high):
        assert parameter.render(parameter.applied(EVERY_CLASS, inside)) == inside
    for outside in (kind.low - 1, kind.high + 1):
        with pytest.raises(PolicyError):
            parameter.applied(EVERY_CLASS, outside)


@pytest.mark.parametrize(
    "size", ["4096x2048", "5400x2700", "5640x2816", "7060x3530", "7680x3840", "8000x4000", "8192x4096", "11000x5500"]
)
def test_a_panorama_preset_demands_its_size_and_echoes_its_name(size):
    width, height = (int(side) for side in size.split("x"))

    policy = read_parameters({**LEAST, "format": f"pano:{width}"}).policy

    assert (policy.tiling.width, policy.tiling.height) == (width, height)
    assert max(width / policy.tiling.columns, height / policy.tiling.rows) <= 1280
    assert parameters_of(policy)["format"] == f"pano:{width}"
    assert policy.tiling.wraps


def test_a_grid_of_a_customers_own_ends_at_the_edges_even_if_it_is_that_of_a_preset():
    preset = PRESETS["pano:8000"]
    own = {"number": [preset.columns, preset.rows], "overlap": [preset.overlap_x] * 2, "size": [8000, 4000]}

    assert not read_parameters({**LEAST, "format": own}).policy.tiling.wraps


@pytest.mark.parametrize("wrap", [json.dumps, lambda grid: grid], ids=["text", "object"])
@pytest.mark.parametrize(
    ("grid", "tiling"),
    [
        ({"number": [3, 2], "overlap": [0, 0]}, Tiling(3, 2)),
        ({"number": [3, 2]}, Tiling(3, 2)),
        ({"number": [3, 2], "overlap": [100, 64.0]}, Tiling(3, 2, 100, 64)),
        ({"number": [3, 2], "overlap": [0.1, 0.25]}, Tiling(3, 2, 0.1, 0.25)),
        ({"number": [3, 2], "size": [300, 200]}, Tiling(3, 2, 0, 0, 300, 200)),
    ],
)
def test_a_grid_is_columns_then_rows_with_overlaps_in_fractions_below_one_and_pixels_from_one(wrap, grid, tiling):
    assert read_parameters({**LEAST, "format": wrap(grid)}).policy.tiling == tiling


@pytest.mark.parametrize(
    "grid",
    [
        {},
        {"number": [2]},
        {"number": 2},
        {"number": [2, 2.5]},
        {"number": [2, True]},
        {"number": [2, 65]},
        {"number": [2, 2], "overlap": [-1, 0]},
        {"number": [2, 2], "overlap": [1.5, 0]},
        {"number": [2, 2], "overlap": ["0", 0]},
        {"number": [2, 2], "size": [0, 100]},
        {"number": [2, 2], "columns": 2},
    ],
)
def test_a_grid_that_cannot_be_laid_is_refused_with_its_cause(grid):
    with pytest.raises(HttpError, match=r"^Could not create task\. format parameter value caused an error\. "):
        read_parameters({**LEAST, "format": grid})


@pytest.mark.parametrize("text", ["", "Whole", "pano", "[2, 2]", '{"number": [2, 2]', '{"number": [NaN, 2]}'])
def test_a_format_that_is_no_word_and_no_grid_is_an_unexpected_value(text):
    with pytest.raises(HttpError, match=r"format parameter received an unexpected value\.$"):
        read_parameters({**LEAST, "format": text})


@pytest.mark.parametrize("wrap", [json.dumps, lambda areas: areas], ids=["text", "array"])
def test_ignored_areas_come_as_text_or_as_an_array(wrap):
    areas = [{"topLeftX": 182, "topLeftY": 154, "width": 2000, "height": 1000}]

    policy = read_parameters({**LEAST, "ignores": wrap(areas)}).policy

    assert policy.ignore_zones == (Zone(182, 154, 2182, 1154),)
    assert parameters_of(policy)["ignores"] == areas


@pytest.mark.parametrize(
    "change",
    [{"topLeftX": -1}, {"topLeftX": 0.5}, {"width": 0}, {"height": "9"}, {"height": 1e12}, {"depth": 1}],
)
def test_an_ignored_area_that_is_no_rectangle_of_pixels_is_refused_with_its_cause(change):
    area = {"topLeftX": 0, "topLeftY": 0, "width": 1, "height": 1} | change

    with pytest.raises(HttpError, match=r"ignores parameter value caused an error\. An ignored area "):
        read_parameters({**LEAST, "ignores": [area]})

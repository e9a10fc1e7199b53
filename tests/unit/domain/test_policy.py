from math import inf, nan

import pytest

from veil.domain.errors import ClassUnavailableError, PolicyError
from veil.domain.policy import DEFAULT_RULES, ClassRule, ObjectClass, Policy, Tiling, Zone

HIDE = ClassRule(hide=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("margin", -0.01),
        ("margin", 5.01),
        ("margin", nan),
        ("quality", -1),
        ("quality", 101),
        ("compress_level", -1),
        ("compress_level", 10),
        ("mask_scale", -1),
        ("mask_scale", 100.5),
        ("mask_scale", inf),
    ],
)
def test_a_number_outside_its_range_is_refused_and_named(field, value):
    with pytest.raises(PolicyError) as refused:
        Policy(face=HIDE, **{field: value})

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("margin", 0),
        ("margin", 5),
        ("quality", 0),
        ("quality", 100),
        ("compress_level", 0),
        ("compress_level", 9),
        ("mask_scale", 0),
        ("mask_scale", 100),
    ],
)
def test_the_ends_of_a_range_belong_to_it(field, value):
    assert getattr(Policy(face=HIDE, **{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("threshold", -0.1),
        ("threshold", 1.1),
        ("threshold", nan),
        ("kernel_size", -1),
        ("kernel_size", 10_001),
        ("gradient_start", -0.1),
        ("gradient_start", 11),
        ("gradient_stop", nan),
    ],
)
def test_a_rule_with_a_number_outside_its_range_is_refused_and_named(field, value):
    with pytest.raises(PolicyError) as refused:
        ClassRule(**{field: value})

    assert refused.value.field == field


@pytest.mark.parametrize(
    "fields",
    [
        {"columns": 0, "rows": 1},
        {"columns": 1, "rows": 65},
        {"columns": 2, "rows": 2, "overlap_x": -0.1},
        {"columns": 2, "rows": 2, "overlap_y": nan},
        {"columns": 2, "rows": 2, "overlap_x": inf},
    ],
)
def test_a_grid_that_cannot_be_laid_is_refused(fields):
    with pytest.raises(PolicyError, match="must lie between"):
        Tiling(**fields)


@pytest.mark.parametrize("corners", [(0, 0, 0, 5), (5, 0, 5, 5), (0, 6, 5, 5), (-1, 0, 5, 5), (0, -1, 5, 5)])
def test_an_ignored_area_without_pixels_or_outside_the_image_is_refused(corners):
    with pytest.raises(PolicyError, match="ignored area"):
        Zone(*corners)


def test_a_policy_that_hides_nothing_is_refused():
    with pytest.raises(PolicyError, match="at least one of face, license_plate, person and vehicle"):
        Policy()


def test_the_classes_come_in_one_order_however_they_were_chosen():
    policy = Policy(vehicle=HIDE, person=HIDE, license_plate=HIDE, face=HIDE)

    assert policy.classes == tuple(ObjectClass)
    assert Policy(vehicle=HIDE, face=HIDE).classes == (ObjectClass.FACE, ObjectClass.VEHICLE)


@pytest.mark.parametrize("each", ObjectClass)
def test_every_class_has_a_rule_of_its_own_with_the_contracts_defaults(each):
    policy = Policy(**{each: HIDE})

    assert policy.classes == (each,)
    assert policy.rule(each) == HIDE
    assert all(policy.rule(other) == DEFAULT_RULES[other] for other in ObjectClass if other is not each)


def test_a_class_without_a_model_is_refused_with_the_command_that_installs_one():
    policy = Policy(face=HIDE, person=HIDE)

    policy.require_classes({ObjectClass.FACE, ObjectClass.PERSON})
    with pytest.raises(ClassUnavailableError, match=r"person.*`veil models pull`") as refused:
        policy.require_classes({ObjectClass.FACE})

    assert refused.value.field == "person"

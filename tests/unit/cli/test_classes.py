"""Classes, thresholds and kernel sizes as people write them."""

import pytest

from veil.cli.classes import policy_of
from veil.domain.policy import ObjectClass

FACE, PLATE, PERSON, VEHICLE = ObjectClass


@pytest.mark.parametrize("spelling", ["face", "FACE", " face , face", "face,"])
def test_classes_may_be_spelled_as_people_do(spelling):
    assert policy_of(spelling).classes == (FACE,)


@pytest.mark.parametrize(
    ("thresholds", "each"),
    [
        (None, (None, None, None, None)),
        ("0.3", (0.3, 0.3, 0.3, 0.3)),
        ("license-plate=0.2, Vehicle=1", (None, 0.2, None, 1)),
        ("0.5,face=0.1", (0.1, 0.5, 0.5, 0.5)),
    ],
)
def test_a_threshold_is_for_all_classes_or_for_those_that_are_named(thresholds, each):
    policy = policy_of("face", thresholds=thresholds)

    assert tuple(policy.rule(name).threshold for name in ObjectClass) == each


def test_a_kernel_size_that_is_not_given_is_the_contracts():
    policy = policy_of("person", kernel_sizes="person=31")

    assert [policy.rule(name).kernel_size for name in ObjectClass] == [0.35, 0.5, 31, 61]

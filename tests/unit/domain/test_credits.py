"""What files cost."""

import pytest

from veil.domain.credits import Measure, Prices
from veil.domain.media import MediaType
from veil.domain.policy import ClassRule, Policy

FACES = Policy(face=ClassRule(hide=True))
BOTH = Policy(face=ClassRule(hide=True), license_plate=ClassRule(hide=True))


@pytest.mark.parametrize(
    ("media_type", "seconds", "policy", "cost"),
    [
        (MediaType.JPEG, 0, FACES, 1),
        (MediaType.JPEG, 0, BOTH, 1 + 5),
        (MediaType.MP4, 0.04, FACES, 2),
        (MediaType.MP4, 10, FACES, 20),
        (MediaType.MP4, 10.01, BOTH, 11 * (2 + 5)),
    ],
)
def test_pictures_cost_each_and_videos_by_the_second_that_has_begun(media_type, seconds, policy, cost):
    prices = Prices(image=1, video_second=2, further_class=5)

    assert prices.cost(Measure(media_type, seconds), policy) == cost

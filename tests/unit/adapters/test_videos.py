"""What of a policy concerns videos, and what a deployment decides where the policy leaves it open."""

import pytest

from veil.adapters.video_options import VideoOptions
from veil.adapters.videos import settings_of
from veil.domain.errors import PolicyError
from veil.domain.policy import ClassRule, Policy

FACES = ClassRule(hide=True)


@pytest.mark.parametrize(("asked", "deployed", "every"), [(None, 25, 25), (None, 5, 5), (1, 25, 1), (50, 5, 50)])
def test_how_many_frames_are_looked_at_again_is_the_policys_to_say_and_else_the_deployments(asked, deployed, every):
    settings = settings_of(Policy(face=FACES, check_every=asked), VideoOptions(check_every=deployed))

    assert settings.check_every == every


@pytest.mark.parametrize("every", [0, -1, 1001])
def test_a_number_of_frames_that_makes_no_sense_is_refused(every):
    with pytest.raises(PolicyError):
        Policy(face=FACES, check_every=every)

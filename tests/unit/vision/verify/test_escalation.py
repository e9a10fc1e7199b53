"""What is done about regions that still reveal something."""

from hypothesis import given
from hypothesis import strategies as st

from veil_vision.verify.escalation import Remedies

sightings = st.lists(st.frozensets(st.integers(0, 5)), max_size=6)


def test_a_region_is_widened_first_and_blackened_when_that_did_not_help():
    once = Remedies().stronger([3])
    twice = once.stronger([3, 4])

    assert (once.widened, once.blackened) == ({3}, set())
    assert (twice.widened, twice.blackened) == ({3, 4}, {3})


@given(sightings)
def test_no_remedy_is_ever_taken_back_and_black_regions_were_widened_before(rounds):
    remedies = Remedies()

    for revealing in rounds:
        stronger = remedies.stronger(revealing)

        assert stronger.widened >= remedies.widened | revealing
        assert stronger.blackened >= remedies.blackened
        assert stronger.blackened <= remedies.widened
        remedies = stronger

"""Every contract has a word of its own for every state that it shows."""

import pytest

from veil.contracts.celantur_container import states as container
from veil.contracts.celantur_v1 import states as v1
from veil.contracts.celantur_v2 import states as v2
from veil.domain.task_status import SHOWN, TaskStatus, WebhookStatus


@pytest.mark.parametrize(("states", "shown"), [(v1, SHOWN), (v2, SHOWN), (container, TaskStatus)])
def test_every_state_has_one_word(states, shown):
    assert set(states.TASK_STATES) == set(shown)
    assert set(states.WEBHOOK_STATES) == set(WebhookStatus)
    for words in (states.TASK_STATES, states.WEBHOOK_STATES):
        assert len(set(words.values())) == len(words)

"""Every error of the vision layer is a failure with a cause."""

import pytest

from veil.adapters.failure_causes import CAUSES
from veil_vision import errors


def leaves(kind):
    return [leaf for child in kind.__subclasses__() for leaf in leaves(child)] or [kind]


@pytest.mark.parametrize("leaf", leaves(errors.VisionError))
def test_every_error_of_the_vision_layer_has_a_cause(leaf):
    assert any(kind in CAUSES for kind in leaf.__mro__)

"""Boxes and scores drawn for people who look for faults: on top of what passed, and never in its place."""

import dataclasses

import numpy as np
import pytest

from tests.unit.vision.pipelines.told import MARK, Told, file_of
from veil_vision.errors import VerificationError
from veil_vision.hide.render import draw_findings
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import decode_image
from veil_vision.pipelines import gate_rounds
from veil_vision.pipelines.image import anonymize_image


@pytest.mark.parametrize("method", [AnonymizationMethod.BLUR, AnonymizationMethod.BLACKEN])
def test_debug_drawing_comes_on_top_of_what_passed(scenes, method):
    """Its lines are red, so if the gate looked at them, it would see more faces than there are."""
    source = scenes.marked(MARK)

    plain, marked = (
        anonymize_image(file_of(source), scenes.recipe(method=method, debug=debug, scores=True), [scenes.finder()])
        for debug in (False, True)
    )

    assert plain.report["gate"] == marked.report["gate"]
    hidden, drawn = (decode_image(each.picture).pixels for each in (plain, marked))
    lines = (hidden != drawn).any(axis=2)
    assert 100 < np.count_nonzero(lines) < hidden.shape[0] * hidden.shape[1] / 10


@pytest.mark.parametrize("quality", [5, 90])
def test_debug_drawing_on_a_photo_passes_at_every_quality(scenes, astronaut, face_detector, build, quality):
    """Thin bright lines shift the colours of a JPEG around them further than its quality explains."""
    recipe = scenes.recipe(debug=True, scores=True, quality=quality)

    result = anonymize_image(build.jpeg(astronaut), recipe, [face_detector])

    assert result.report["verdict"] == "verified"


def test_debug_drawing_on_something_that_was_not_hidden_ends_in_no_result(scenes, astronaut, monkeypatch):
    """The plain file passes; what is drawn on is the source."""

    def on_the_source(drawn, regions, recipe):
        marked, lines = draw_findings(drawn, regions, recipe)
        return dataclasses.replace(marked, pixels=astronaut), lines

    monkeypatch.setattr(gate_rounds, "draw_findings", on_the_source)
    told = Told(scenes.finder(), [[175, 53, 275, 180]], width=512, height=512)

    with pytest.raises(VerificationError, match="does not show what was drawn"):
        anonymize_image(file_of(astronaut), scenes.recipe(debug=True), [told])

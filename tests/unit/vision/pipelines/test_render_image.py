"""A photo drawn again from what was found in it: only the gate looks, and it still checks."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.vision.pipelines.told import MARK, METHODS, file_of
from veil_vision.errors import FindingsError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import RegionStyle, Shape
from veil_vision.hide.recipe import Target
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import decode_image
from veil_vision.pipelines.image import anonymize_image
from veil_vision.pipelines.render import render_image
from veil_vision.track.changes import AddedObject, Changes
from veil_vision.track.findings import findings_of_photo, read_findings, write_findings

FACE, PERSON = ObjectClass.FACE, ObjectClass.PERSON
NEIGHBOUR = (150, 60, 190, 110)


@pytest.fixture
def file(scenes):
    """A photo of two faces side by side."""
    return file_of(scenes.marked(MARK, NEIGHBOUR))


@pytest.fixture
def render(scenes, file):
    """Draws the photo again from a first run's findings, as they come back from their file."""
    found = read_findings(write_findings(anonymize_image(file, scenes.recipe(), [scenes.finder()]).findings))

    def draw(*, findings=found, changes=None, detector=None, **recipe):
        detectors = [detector or scenes.finder()]
        return render_image(file, findings, scenes.recipe(**recipe), detectors, changes=changes or Changes())

    return draw


def shown(result):
    return decode_image(result.picture).pixels


def is_red(pixels, mark):
    x1, y1, x2, y2 = mark
    return (pixels[y1:y2, x1:x2] == (255, 0, 0)).all()


@METHODS
def test_another_method_gives_what_a_run_with_it_gives(scenes, file, render, method):
    first = anonymize_image(file, scenes.recipe(method=method), [scenes.finder()])

    again = render(method=method)

    assert again.picture == first.picture
    assert (again.binary_mask, again.instance_mask) == (first.binary_mask, first.instance_mask)
    assert again.report["verdict"] == "verified"


def test_nothing_is_looked_for_but_what_the_gate_looks_at(render):
    again = render()

    assert {"detect", "outline"}.isdisjoint(again.report["seconds"])
    assert again.report["gate"]["rounds"] == 1


def test_a_face_beside_others_stays_visible_for_who_wants_it_so(render):
    again = render(changes=Changes(without=(1,)))

    assert is_red(shown(again), NEIGHBOUR)
    assert not is_red(shown(again), MARK)
    assert len(again.detections) == 1


def test_what_nobody_found_is_hidden_where_somebody_says_it_is(render):
    again = render(
        changes=Changes(added=(AddedObject(FACE, (20.0, 120.0, 60.0, 160.0)),)), method=AnonymizationMethod.BLACKEN
    )

    assert not shown(again)[120:160, 20:60].any()


def test_the_gate_hides_what_the_findings_miss(scenes, file, render):
    found = anonymize_image(file, scenes.recipe(), [scenes.finder()]).findings
    half = Detections.of([(100, 60, 140, 85)])
    lacking = findings_of_photo(half, size=found.size, source=found.source, looked_for=[FACE], margin=0.1)

    again = render(findings=lacking)

    assert not is_red(shown(again), (100, 90, 140, 110))
    assert again.report["gate"]["added"] > 0


def test_an_outline_is_used_again_and_a_box_where_boxes_are_wanted(scenes, render):
    cells = np.zeros((50, 40), np.bool_)
    cells[20:30, 10:30] = True
    person = Detections.of([(20.0, 100.0, 60.0, 150.0)], None, PERSON).with_segments(
        [Segment.of((20, 100, 60, 150), cells)]
    )
    source = render().findings.source
    found = findings_of_photo(person, size=(300, 200), source=source, looked_for=[PERSON], margin=0.1)
    finder = scenes.finder()
    finder.classes, finder.second_look = (PERSON,), None

    def hidden(shape):
        target = Target(threshold=None, style=RegionStyle(shape=shape), kernel_size=5)
        (region,) = render(findings=found, detector=finder, targets={PERSON: target}).regions
        return region.core.sum()

    assert 200 < hidden(Shape.SEGMENT) < 1000
    assert hidden(Shape.BOX) >= 40 * 50


def test_findings_of_another_photo_are_refused(render):
    with pytest.raises(FindingsError, match="of another file"):
        render(findings=replace(render().findings, source="5f"))


def test_a_class_that_was_only_added_counts_as_one_that_nobody_looked_for(scenes, render):
    face = scenes.recipe().targets[FACE]
    finder = scenes.finder()
    finder.classes = (FACE, PERSON)
    added = Changes(added=(AddedObject(PERSON, (20.0, 120.0, 60.0, 160.0)),))

    again = render(changes=added, detector=finder, targets={FACE: face, PERSON: face})

    assert again.findings.looked_for == (FACE,)

"""What was found, with changes: what stays visible, and what is hidden besides."""

import pytest

from veil_vision.errors import FindingsError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track.changes import AddedObject, Changes, changed
from veil_vision.track.findings import findings_of_photo

FACE, PLATE, PERSON = ObjectClass.FACE, ObjectClass.LICENSE_PLATE, ObjectClass.PERSON
BOX = (5.0, 6.0, 7.0, 8.0)


@pytest.fixture
def found():
    """The findings of a photo: two faces and a person."""
    faces, person = Detections.of([(0, 0, 9, 9), (20, 0, 29, 9)]), Detections.of([(0, 0, 19, 39)], None, PERSON)
    seen = Detections.concat([faces, person])
    return findings_of_photo(seen, size=(90, 60), source="5f", looked_for=(FACE, PERSON), margin=0.1)


def numbers(video):
    return [track.number for track in video.tracks]


def test_nothing_changes_unless_somebody_says_so(found):
    hidden, spared = changed(found, Changes(), (FACE, PERSON), source="5f")

    assert (numbers(hidden), numbers(spared)) == ([0, 1, 2], [])


def test_a_class_that_is_not_asked_for_any_more_is_neither_hidden_nor_spared(found):
    hidden, spared = changed(found, Changes(), (FACE,), source="5f")

    assert (numbers(hidden), numbers(spared)) == ([0, 1], [])


def test_one_object_may_stay_visible(found):
    hidden, spared = changed(found, Changes(without=(1,)), (FACE, PERSON), source="5f")

    assert (numbers(hidden), numbers(spared)) == ([0, 2], [1])


def test_what_nobody_found_is_added_under_a_number_that_nothing_else_has(found):
    hidden, _ = changed(found, Changes((2,), (AddedObject(FACE, BOX), AddedObject(FACE, BOX))), (FACE,), source="5f")

    assert numbers(hidden) == [0, 1, 3, 4]
    assert hidden.at(0).boxes[3].tolist() == list(BOX)


def test_a_class_that_nobody_looked_for_can_only_be_hidden_where_it_is_added(found):
    with pytest.raises(FindingsError, match="Nobody looked for this class in that run: license_plate"):
        changed(found, Changes(), (FACE, PLATE), source="5f")

    hidden, _ = changed(found, Changes(added=(AddedObject(PLATE, BOX),)), (FACE, PLATE), source="5f")
    assert hidden.at(0).classes == (FACE, FACE, PLATE)


@pytest.mark.parametrize(
    ("changes", "source", "message"),
    [
        (Changes(), "6f", "of another file"),
        (Changes(without=(0, 7)), "5f", "has the number 7"),
        (Changes(added=(AddedObject(PLATE, BOX),)), "5f", "a class that is not hidden: license_plate"),
        (Changes(added=(AddedObject(FACE, BOX, 0, 1),)), "5f", "frames 0 to 0, not 0 to 1"),
        (Changes(added=(AddedObject(FACE, BOX, -1),)), "5f", "not -1 to 0"),
        (Changes(added=(AddedObject(FACE, (9000, 1, 9050, 9.5)),)), "5f", "at 9000,1,9050,9.5 lies outside of"),
        (Changes(added=(AddedObject(FACE, (1, -9, 5, 0)),)), "5f", "outside"),
    ],
)
def test_what_does_not_fit_is_refused(found, changes, source, message):
    with pytest.raises(FindingsError, match=message):
        changed(found, changes, (FACE, PERSON), source=source)

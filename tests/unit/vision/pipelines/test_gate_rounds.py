"""What the second look sees of the finished file, what is done about it, and what ends in no result."""

import numpy as np
import pytest

from tests.unit.vision.pipelines.told import MARK, METHODS, Told, file_of
from veil_vision.errors import ImageTooLargeError, VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.image.files import decode_image
from veil_vision.pipelines import gate_rounds
from veil_vision.pipelines.image import anonymize_image


@METHODS
def test_what_reads_as_a_face_when_hidden_stays_as_it_was_asked_for(scenes, method):
    """The face here is gone, but what the method makes of its surroundings goes on being taken for one."""
    source = np.full((200, 301, 3), (200, 60, 60), np.uint8)
    told = Told(scenes.finder(), [MARK], width=301, height=200)

    plain, doubted = (
        anonymize_image(file_of(source), scenes.recipe(method=method), [detector])
        for detector in (told, _SeesAFaceInTheMiddle(scenes.finder(), MARK))
    )

    assert doubted.picture == plain.picture
    assert doubted.report["gate"]["rounds"] == 1
    assert (doubted.report["gate"]["second_look_sightings"], doubted.report["gate"]["second_look_resemblances"]) == (
        1,
        1,
    )


class _SeesAFaceInTheMiddle(Told):
    """Finds the face it is told of, and at the second look takes its place for one, whatever stands there."""

    def __init__(self, finder, box):
        super().__init__(finder, [box], width=301, height=200)

    def detect(self, pixels, *, threshold, long_side):
        if pixels.shape[:2] == self._shape:
            return Detections.of(self._boxes)
        height, width = pixels.shape[:2]
        return Detections.of([[width * 0.4, height * 0.4, width * 0.5, height * 0.5]])


def test_what_the_first_look_missed_is_hidden_and_reported(scenes):
    """The search sees only the first mark; the second look shows the one beside it."""
    source = scenes.marked(MARK, (145, 65, 165, 95), width=301)
    detector = _OverlooksAtFirst(scenes.finder())

    result = anonymize_image(file_of(source), scenes.recipe(), [detector])

    assert len(result.detections) == len(result.regions) == 2
    assert result.report["gate"]["rounds"] == 2
    assert result.report["found"] == {"face": 2}
    shown = decode_image(result.picture).pixels
    assert not len(scenes.finder().detect(shown, threshold=0.1, long_side=960))


class _OverlooksAtFirst:
    def __init__(self, finder):
        self.name, self.sha256, self.provider, self.classes = finder.name, finder.sha256, "none", finder.classes
        self.default_threshold, self.search_plan, self.second_look = 0.5, finder.search_plan, finder.second_look
        self._finder = finder

    def detect(self, pixels, *, threshold, long_side):
        found = self._finder.detect(pixels, threshold=threshold, long_side=long_side)
        return found.select(np.arange(min(1, len(found)))) if pixels.shape[:2] == (200, 301) else found


def test_what_is_still_visible_when_the_rounds_are_used_up_ends_in_no_result(scenes, monkeypatch):
    monkeypatch.setattr(gate_rounds, "ROUNDS", 1)
    source = scenes.marked(MARK, (145, 65, 165, 95), width=301)

    with pytest.raises(VerificationError, match="rounds"):
        anonymize_image(file_of(source), scenes.recipe(), [_OverlooksAtFirst(scenes.finder())])


def test_a_picture_of_more_than_can_be_paid_for_is_too_large(scenes, monkeypatch):
    monkeypatch.setattr(gate_rounds, "MOST_OBJECTS", 1)
    source = file_of(scenes.marked(MARK, (145, 65, 165, 95), width=301))

    with pytest.raises(ImageTooLargeError, match="more than 1 things to hide"):
        anonymize_image(source, scenes.recipe(), [scenes.finder()])
    with pytest.raises(ImageTooLargeError, match="more than 1 things to hide"):
        anonymize_image(source, scenes.recipe(), [_OverlooksAtFirst(scenes.finder())])


def test_rounds_that_would_go_on_looking_end_as_too_large(scenes, monkeypatch):
    monkeypatch.setattr(gate_rounds, "MOST_LOOKS", 0)
    source = file_of(scenes.marked(MARK, (145, 65, 165, 95), width=301))

    with pytest.raises(ImageTooLargeError, match="things to hide"):
        anonymize_image(source, scenes.recipe(), [_OverlooksAtFirst(scenes.finder())])


def test_a_method_that_hides_nothing_ends_in_no_result(scenes, astronaut, monkeypatch):
    """The detector looks away, so only the similarity of source and result can tell."""
    monkeypatch.setattr(gate_rounds, "draw", lambda picture, *_, **__: picture)
    blind = Told(scenes.finder(), [[175, 53, 275, 180]], width=512, height=512)

    with pytest.raises(VerificationError, match="resembles"):
        anonymize_image(file_of(astronaut), scenes.recipe(), [blind])


def test_a_crowd_of_a_hundred_faces_is_hidden_in_few_rounds(scenes, shared_faults, face_detector):
    result = anonymize_image((shared_faults / "crowd_115_faces.jpg").read_bytes(), scenes.recipe(), [face_detector])

    assert len(result.regions) > 90
    assert result.report["gate"]["rounds"] <= 4

"""In a video an object is hidden by its outline wherever its looks tell that, in every way of lying and of drawing."""

from fractions import Fraction

import numpy as np
import pytest

from tests import clips
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import RegionStyle, Shape
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.pipelines.render import render_video
from veil_vision.pipelines.video import anonymize_video
from veil_vision.pipelines.video_masks import write_masks
from veil_vision.pipelines.video_output import VideoSettings
from veil_vision.track.changes import Changes
from veil_vision.track.findings import read_findings, write_findings

SIZE, FRAMES = (200, 140), 18
SETTINGS = VideoSettings(check_every=5)
# Searched are frames 0, 8 and 16, and a track begins and ends with its first and last look.
BETWEEN_LOOKS = range(17)


def letter(number):
    """Where a red T is in a frame: its bar and its stem, xyxy. It moves to the right."""
    x = 20 + 2 * number
    return (x, 20, x + 96, 44), (x + 38, 44, x + 58, 120)


@pytest.fixture
def clip(tmp_path, monkeypatch):
    """Make a clip of a red T."""
    quiet = clips.picture

    def picture(number, size, *, mark):
        pixels = quiet(number, size, mark=False)
        for x1, y1, x2, y2 in letter(number) if mark else ():
            pixels[y1:y2, x1:x2] = (255, 0, 0)
        return pixels

    monkeypatch.setattr(clips, "picture", picture)
    return lambda **how: clips.make_clip(tmp_path / "letter.mkv", size=SIZE, frames=FRAMES, container="matroska", **how)


@pytest.fixture
def run(tmp_path, scenes):
    def anonymize(clip, *, shape=Shape.SEGMENT, **changes):
        how = {"method": AnonymizationMethod.BLACKEN} | changes
        recipe, target = scenes.recipe(style=RegionStyle(shape), **how), tmp_path / "result.mkv"
        how = {"settings": SETTINGS, "report": lambda fraction: None}
        made = anonymize_video(clip, target, recipe, [scenes.finder()], scenes.segmenter(), **how)
        return made, clips.frames_of(target)

    return anonymize


def red(pixels):
    return int(((pixels[..., 0] > 180) & (pixels[..., 1] < 60)).sum())


def beside_the_stem(number, pixels):
    """The pixels in the box of the T that lie far from it."""
    (x1, *_), (*_, bottom) = letter(number)
    return pixels[75:bottom, x1 : x1 + 14].astype(int)


def is_seen_beside_the_stem(source, results):
    """By frame whether the picture beside the stem is as it was, but for what the encoder does."""
    pairs = enumerate(zip(source, results, strict=True))
    return [bool(np.abs(beside_the_stem(i, one) - beside_the_stem(i, other)).mean() < 6) for i, (one, other) in pairs]


@pytest.mark.parametrize("matrix", [None, clips.ROTATE_90])
@pytest.mark.parametrize("method", [AnonymizationMethod.BLUR, AnonymizationMethod.BLACKEN])
def test_nothing_of_an_object_shows_and_what_is_beside_it_does(clip, run, matrix, method):
    source = clip(matrix=matrix)
    made, frames = run(source, method=method)

    assert [red(frame) for frame in frames] == [0] * FRAMES
    seen = is_seen_beside_the_stem(clips.frames_of(source), frames)
    assert all(seen[number] for number in BETWEEN_LOOKS)
    assert made.report["segmenter"]["name"] == "red"
    assert made.report["gate"] == {"rounds": 1, "added": 0}


@pytest.mark.parametrize(
    ("how", "shape"),
    [({}, Shape.BOX), ({"pixel_aspect": Fraction(3, 2)}, Shape.SEGMENT)],
    ids=["boxes are asked for", "pixels are not square"],
)
def test_the_box_is_hidden_where(clip, run, how, shape):
    source = clip(**how)
    made, frames = run(source, shape=shape)

    assert not any(is_seen_beside_the_stem(clips.frames_of(source), frames))
    assert not any(any(made.findings.video.at(number).segments) for number in range(FRAMES))


def test_what_the_finished_file_shows_ends_all_outlines_of_its_track(clip, run, monkeypatch):
    shown = iter([Detections.of([letter(8)[0]])])

    def exposed_once(source, pixels, places, *others, **more):
        return next(shown, Detections.of([]))

    monkeypatch.setattr("veil_vision.pipelines.video_output.exposed_in", exposed_once)
    source = clip()
    made, frames = run(source)

    assert made.report["gate"] == {"rounds": 2, "added": 1}
    assert not any(is_seen_beside_the_stem(clips.frames_of(source), frames))


@pytest.mark.parametrize("matrix", [None, clips.ROTATE_90])
def test_masks_and_what_is_drawn_again_have_the_same_outlines(tmp_path, clip, run, scenes, matrix):
    source = clip(matrix=matrix)
    made, frames = run(source)
    findings = read_findings(write_findings(made.findings))
    recipe = scenes.recipe(style=RegionStyle(Shape.SEGMENT), method=AnonymizationMethod.BLACKEN)
    again, mask = tmp_path / "again.mkv", tmp_path / "mask.mkv"
    how = {"settings": SETTINGS, "report": lambda fraction: None, "changes": Changes()}

    render_video(source, again, findings, recipe, [scenes.finder()], **how)
    write_masks(findings, recipe, binary=mask, instance=None, report=lambda fraction: None)

    before, drawn = clips.frames_of(source), clips.frames_of(again)
    assert [red(frame) for frame in drawn] == [0] * FRAMES
    assert is_seen_beside_the_stem(before, drawn) == is_seen_beside_the_stem(before, frames)
    for number, white in enumerate(clips.frames_of(mask)):
        stored = np.rot90(white, k=1) if matrix else white
        assert (stored[scenes.segmenter().segment(before[number])] == 255).all()
        assert bool((beside_the_stem(number, stored) == 0).all()) is (number in BETWEEN_LOOKS)

"""Masks of a video say exactly what was hidden in which frame, at the same times, in files without loss."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tests import clips
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle
from veil_vision.hide.masks import CLASS_BITS
from veil_vision.hide.recipe import Target
from veil_vision.pipelines.video import anonymize_video
from veil_vision.pipelines.video_masks import write_masks
from veil_vision.pipelines.video_output import VideoSettings
from veil_vision.track import link
from veil_vision.track.findings import Findings


@pytest.fixture
def write(tmp_path):
    """Write both masks of findings and return their frames."""

    def written(findings, recipe, **more):
        masks = tmp_path / "binary.mkv", tmp_path / "instance.mkv"
        write_masks(findings, recipe, binary=masks[0], instance=masks[1], report=lambda fraction: None, **more)
        return tuple(map(clips.frames_of, masks))

    return written


def found(*boxes, times=None, size=(161, 97)):
    """Findings of objects that stand still for three frames, far apart."""
    seen = [Detections.of(list(boxes))] * 3
    return Findings(
        link(seen, [], size, 25.0), size, times or (0, 40, 80), Fraction(1, 1000), "5f", (ObjectClass.FACE,), 0.1
    )


def test_the_masks_show_where_the_result_shows_the_object_no_more(tmp_path, scenes, write):
    clip, target = clips.make_clip(tmp_path / "ride.mp4", matrix=clips.ROTATE_90), tmp_path / "result.mp4"
    recipe = scenes.recipe()
    made = anonymize_video(
        clip, target, recipe, [scenes.finder()], settings=VideoSettings(), report=lambda fraction: None
    )

    white, coloured = write(made.findings, recipe)

    for number, (source, mask, instances) in enumerate(zip(clips.frames_of(clip), white, coloured, strict=True)):
        marked = np.rot90((source[..., 0] > 180) & (source[..., 1] < 60), k=-1)
        assert marked.any()
        assert (mask[marked] == 255).all(), number
        assert set(np.unique(mask)) == {0, 255}
        colours = np.unique(instances[mask[..., 0] == 255], axis=0).tolist()
        assert colours == [[0, 1 + made.findings.video.tracks[0].number, CLASS_BITS[ObjectClass.FACE]]]
        assert not instances[mask[..., 0] == 0].any()


def test_frames_come_when_those_of_the_video_come(tmp_path, scenes, write):
    write(found([10, 10, 30, 30], times=(0, 10, 400)), scenes.recipe())

    assert clips.times_of(tmp_path / "binary.mkv") == pytest.approx([0, 0.01, 0.4])
    assert clips.times_of(tmp_path / "instance.mkv") == pytest.approx([0, 0.01, 0.4])


def test_an_object_keeps_its_number_when_another_one_leaves(scenes, write):
    both, one = Detections.of([[10, 10, 30, 30], [100, 60, 120, 80]]), Detections.of([[100, 60, 120, 80]])
    video, size = link([both, *[one] * 20], [], (161, 97), 25.0), (161, 97)
    findings = Findings(video, size, tuple(range(21)), Fraction(1, 25), "5f", (ObjectClass.FACE,), 0.1)

    _, coloured = write(findings, scenes.recipe())

    assert len({int(frame[70, 110, 1]) for frame in coloured}) == 1
    assert coloured[0][20, 20, 1] not in (0, coloured[0][70, 110, 1])
    assert not coloured[-1][20, 20].any()


def test_what_is_not_asked_for_is_in_no_mask(scenes, write):
    rule = Target(threshold=None, style=RegionStyle(), kernel_size=0.35)
    white, coloured = write(found([10, 10, 30, 30]), scenes.recipe(targets={ObjectClass.PERSON: rule}))

    assert not np.any(white)
    assert not np.any(coloured)


def test_a_damaged_frame_is_hidden_whole_as_nobodys(scenes, write):
    white, coloured = write(found([10, 10, 30, 30]), scenes.recipe(), broken={1})

    assert [bool((frame == 255).all()) for frame in white] == [False, True, False]
    assert set(np.unique(coloured[1][..., 1])) == {0, 1}


def test_scaled_masks_hold_no_new_values(scenes, write):
    white, _ = write(found([10, 10, 30, 30]), scenes.recipe(mask_scale=50))

    assert white[0].shape == (48, 80, 3)
    assert set(np.unique(white)) == {0, 255}


def test_the_smallest_mask_is_a_pixel(scenes, write):
    assert write(found([10, 10, 30, 30]), scenes.recipe(mask_scale=0))[0][0].shape == (1, 1, 3)


def test_masks_are_coded_without_loss(tmp_path, scenes, write):
    write(found([10, 10, 30, 30]), scenes.recipe())

    for name, pixels in (("binary.mkv", "gray"), ("instance.mkv", "bgr0")):
        with av.open(str(tmp_path / name)) as container:
            context = container.streams.video[0].codec_context
            assert (context.name, context.pix_fmt) == ("ffv1", pixels)


def test_what_is_not_wanted_is_not_written(tmp_path, scenes):
    write_masks(
        found([10, 10, 30, 30]),
        scenes.recipe(),
        binary=None,
        instance=None,
        report=lambda fraction: pytest.fail("told"),
    )

    assert not list(tmp_path.iterdir())

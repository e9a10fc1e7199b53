"""Where one shot ends and the next begins."""

import numpy as np
import pytest

from veil_vision.track.cuts import is_cut, new_colours, thumbnail


def scene(seed, shift=0, brightness=0):
    """Soft coloured patches, 320 x 180, seen from further left or right."""
    colours = np.random.default_rng(seed).integers(0, 200, (6, 20, 3))
    wide = colours.repeat(30, axis=0).repeat(32, axis=1)
    return (wide[:, shift : shift + 320] + brightness).clip(0, 255).astype(np.uint8)


def test_another_scene_is_a_cut():
    assert is_cut(thumbnail(scene(1)), thumbnail(scene(2)))


def in_the_dark(picture, seed):
    """The same where little light falls: a tenth of the levels, and the sensor's noise."""
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    return (picture / 10 + noise).clip(0, 255).astype(np.uint8)


def test_another_scene_in_the_dark_is_a_cut_and_noise_is_none():
    one, same, other = (thumbnail(in_the_dark(scene(seed), noise)) for seed, noise in ((1, 1), (1, 2), (2, 3)))

    assert is_cut(one, other)
    assert not is_cut(one, same)


@pytest.mark.parametrize(("shift", "brightness"), [(0, 0), (3, 0), (48, 0), (0, 12)])
def test_the_same_scene_panned_or_a_little_brighter_is_not(shift, brightness):
    assert not is_cut(thumbnail(scene(1)), thumbnail(scene(1, shift, brightness)))


def test_another_scene_in_the_same_colours_is_a_cut():
    left, right = np.hsplit(scene(1), 2)

    assert is_cut(thumbnail(scene(1)), thumbnail(np.hstack([right[::-1], left[::-1]])))


def test_a_flash_is_not():
    assert not is_cut(thumbnail(scene(1)), thumbnail(scene(1, brightness=90)))


def test_something_that_passes_close_by_is_not():
    passing = scene(1)
    passing[:, 100:200] = 250

    assert not is_cut(thumbnail(scene(1)), thumbnail(passing))


def test_what_moves_keeps_its_colours_and_what_comes_brings_new_ones():
    came = scene(1)
    came[:, 200:] = 250

    moved, new = (new_colours(thumbnail(scene(1)), thumbnail(each)) for each in (scene(1, 3), came))

    assert 2 * moved < new

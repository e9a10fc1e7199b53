"""What a method draws is a function of the pixels outside the regions, never of those under them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, Zone, regions_of
from veil_vision.hide.styles import AnonymizationMethod, hide, hide_alpha

WIDTH, HEIGHT = 48, 36

edge = st.floats(min_value=-20, max_value=70, width=32)
boxes = st.tuples(edge, edge, edge, edge).map(
    lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)
fraction = st.floats(min_value=0, max_value=1)
styles = st.builds(RegionStyle, st.sampled_from(Shape), fraction, fraction | st.just(0.0))
methods = st.sampled_from(AnonymizationMethod)
kernels = st.floats(min_value=0.01, max_value=150)
depths = st.sampled_from([np.uint8, np.uint16])
seeds = st.integers(min_value=0, max_value=2**32)
every_class = st.fixed_dictionaries(dict.fromkeys(ObjectClass, styles))


@st.composite
def detected(draw):
    classes = draw(st.lists(st.sampled_from(ObjectClass), min_size=1, max_size=5))
    return Detections.concat([Detections.of([draw(boxes)], [1], one) for one in classes])


def noise(seed, shape, depth):
    return np.random.default_rng(seed).integers(0, np.iinfo(depth).max, shape, depth, endpoint=True)


def union(regions, width=WIDTH, height=HEIGHT):
    cores = np.zeros((height, width), bool)
    for region in regions:
        cores[region.rows, region.columns] |= region.core
    return cores


def kernel_sizes(kernel):
    return dict.fromkeys(ObjectClass, kernel)


def face(box, *, width, height, **style):
    return regions_of(Detections.of(box), {ObjectClass.FACE: RegionStyle(**style)}, width=width, height=height)


requests = st.fixed_dictionaries({"method": methods, "kernel_sizes": kernels.map(kernel_sizes), "seed": seeds})


@given(detected(), every_class, depths, st.sampled_from([1, 3]), requests)
def test_noise_painted_under_the_regions_changes_no_byte_of_the_result(seen, style_of, depth, channels, request):
    regions = regions_of(seen, style_of, width=WIDTH, height=HEIGHT, ignore_zones=[Zone(20, 10, 26, 15)])
    original = noise(1, (HEIGHT, WIDTH, channels), depth)
    painted = np.where(union(regions)[..., None], noise(2, original.shape, depth), original)

    shown, shown_painted = (hide(image, regions=regions, **request) for image in (original, painted))

    assert shown.tobytes() == shown_painted.tobytes()


@given(detected(), every_class, methods, kernels, depths)
def test_outside_all_windows_and_where_no_feather_lies_the_image_is_untouched(seen, style_of, method, kernel, depth):
    regions = regions_of(seen, style_of, width=WIDTH, height=HEIGHT)
    original = noise(1, (HEIGHT, WIDTH, 3), depth)
    touched = np.zeros((HEIGHT, WIDTH), bool)
    for region in regions:
        touched[region.rows, region.columns] |= region.feather > 0

    shown = hide(original, regions, method, kernel_sizes=kernel_sizes(kernel), seed=0)

    np.testing.assert_array_equal(shown[~touched], original[~touched])


@given(detected(), every_class, methods, depths, st.sampled_from([1, 3]))
def test_the_original_is_never_written_to(seen, style_of, method, depth, channels):
    original = noise(1, (HEIGHT, WIDTH, channels), depth)
    original.setflags(write=False)

    regions = regions_of(seen, style_of, width=WIDTH, height=HEIGHT)
    shown = hide(original, regions, method, kernel_sizes=kernel_sizes(0.35), seed=0)

    assert (shown.shape, shown.dtype) == (original.shape, original.dtype)
    np.testing.assert_array_equal(original, noise(1, original.shape, depth))


@given(boxes, styles, depths, kernels, methods)
def test_a_core_never_shows_its_original_whatever_kernel_and_feather(box, style, depth, kernel, method):
    regions = face(box, width=WIDTH, height=HEIGHT, shape=style.shape, margin=style.margin, feather=style.feather)
    limit = np.iinfo(depth).max
    black, white = (np.full((HEIGHT, WIDTH, 3), limit // 2, depth) for _ in range(2))
    black[union(regions)] = 0
    white[union(regions)] = limit

    shown_black, shown_white = (
        hide(image, regions, method, kernel_sizes=kernel_sizes(kernel), seed=3) for image in (black, white)
    )

    np.testing.assert_array_equal(shown_black, shown_white)


@pytest.mark.parametrize("method", AnonymizationMethod)
@pytest.mark.parametrize("shape", Shape)
def test_noise_painted_under_a_real_face_changes_no_byte(astronaut, method, shape):
    regions = face([[170, 65, 275, 200], [230, 90, 330, 210]], width=512, height=512, shape=shape, feather=0.3)
    painted = np.where(union(regions, 512, 512)[..., None], noise(5, astronaut.shape, np.uint8), astronaut)

    shown, shown_painted = (
        hide(image, regions, method, kernel_sizes=kernel_sizes(0.35), seed=1) for image in (astronaut, painted)
    )

    assert shown.tobytes() == shown_painted.tobytes()


@pytest.mark.parametrize("method", AnonymizationMethod)
def test_a_region_as_large_as_the_image_leaves_nothing_of_it(method):
    regions = face([[0, 0, WIDTH, HEIGHT]], width=WIDTH, height=HEIGHT, shape=Shape.BOX)

    first, second = (
        hide(noise(n, (HEIGHT, WIDTH, 3), np.uint8), regions, method, kernel_sizes=kernel_sizes(0.35), seed=1)
        for n in (1, 2)
    )

    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 2000), (2000, 1), (2, 3)])
@pytest.mark.parametrize("method", AnonymizationMethod)
def test_images_of_any_proportions_can_be_hidden_in(method, width, height):
    regions = face([[0, 0, 1, 1], [0, 0, width, height / 2]], width=width, height=height, feather=1)

    shown = hide(noise(1, (height, width, 3), np.uint8), regions, method, kernel_sizes=kernel_sizes(91), seed=1)

    assert shown.shape == (height, width, 3)


@pytest.mark.parametrize("method", AnonymizationMethod)
@pytest.mark.parametrize("kernel", [0.0, 1e-9, 0.999, 1.0, 1e9])
def test_a_box_far_larger_than_the_image_and_extreme_kernels_cost_no_more(method, kernel):
    regions = face([[-1e8, -1e8, 1e8, 20]], width=WIDTH, height=HEIGHT, shape=Shape.BOX, margin=0)

    shown = hide(noise(1, (HEIGHT, WIDTH, 3), np.uint8), regions, method, kernel_sizes=kernel_sizes(kernel), seed=1)

    assert shown.shape == (HEIGHT, WIDTH, 3)


def test_blackened_cores_are_black():
    regions = face([[10, 10, 20, 20]], width=WIDTH, height=HEIGHT, feather=0.5)

    shown = hide(noise(1, (HEIGHT, WIDTH, 3), np.uint16), regions, AnonymizationMethod.BLACKEN, kernel_sizes={}, seed=0)

    assert not shown[union(regions)].any()


def test_a_blur_takes_the_color_that_surrounds_it():
    original = np.full((HEIGHT, WIDTH, 3), (200, 120, 40), np.uint8)
    regions = face([[10, 10, 20, 20]], width=WIDTH, height=HEIGHT)
    original[union(regions)] = 0

    shown = hide(original, regions, AnonymizationMethod.BLUR, kernel_sizes=kernel_sizes(0.35), seed=0)

    assert np.abs(shown.astype(int) - (200, 120, 40)).max() <= 1


def test_sixteen_bits_are_used_in_full():
    original = np.full((HEIGHT, WIDTH, 3), 12345, np.uint16)
    regions = face([[10, 10, 20, 20]], width=WIDTH, height=HEIGHT, feather=0.5)

    shown = hide(original, regions, AnonymizationMethod.BLUR, kernel_sizes=kernel_sizes(0.35), seed=0)

    assert np.abs(shown.astype(int) - 12345).max() <= 1


def test_a_mosaic_has_tiles_as_large_as_the_kernel_asks_and_varied_by_the_seed():
    original = np.full((200, 200, 3), 128, np.uint8)
    regions = face([[40, 40, 160, 160]], width=200, height=200, shape=Shape.BOX, margin=0)

    shown, same, other = (
        hide(original, regions, AnonymizationMethod.PIXELATE, kernel_sizes=kernel_sizes(0.5), seed=seed)
        for seed in (1, 1, 2)
    )

    row = shown[100, 40:160, 0]
    changes = np.flatnonzero(np.diff(row.astype(int)))
    assert set(np.diff(changes)) <= {20, 40}
    np.testing.assert_array_equal(shown, same)
    assert not np.array_equal(shown, other)


def test_the_order_of_the_regions_does_not_matter():
    regions = face([[5, 5, 20, 20], [12, 8, 40, 30]], width=WIDTH, height=HEIGHT, feather=0.2)
    original = noise(1, (HEIGHT, WIDTH, 3), np.uint8)

    forth, back = (
        hide(original, order, AnonymizationMethod.BLUR, kernel_sizes=kernel_sizes(0.35), seed=1)
        for order in (regions, regions[::-1])
    )

    np.testing.assert_array_equal(forth, back)


@given(detected(), every_class, depths)
def test_alpha_is_opaque_in_cores_and_untouched_elsewhere(seen, style_of, depth):
    alpha = noise(1, (HEIGHT, WIDTH), depth)
    regions = regions_of(seen, style_of, width=WIDTH, height=HEIGHT)

    shown = hide_alpha(alpha, regions)

    np.testing.assert_array_equal(shown, np.where(union(regions), np.iinfo(depth).max, alpha))

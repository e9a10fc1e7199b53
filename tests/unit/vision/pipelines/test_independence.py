"""What hides a face depends on nothing of it: other pixels there change no byte of any result."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vision.pipelines.told import MARK, METHODS, NOTHING, Told, core_of, file_of, noise
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, Zone, regions_of
from veil_vision.hide.render import draw, encode
from veil_vision.image.files import Picture, decode_image, encode_image
from veil_vision.image.kinds import ImageFormat
from veil_vision.pipelines.image import anonymize_image

KINDS = {
    "JPEG": (ImageFormat.JPEG, 3, np.uint8, False),
    "grey JPEG": (ImageFormat.JPEG, 1, np.uint8, False),
    "PNG": (ImageFormat.PNG, 3, np.uint8, False),
    "grey PNG": (ImageFormat.PNG, 1, np.uint8, False),
    "PNG with alpha": (ImageFormat.PNG, 3, np.uint8, True),
    "PNG of 16 bits": (ImageFormat.PNG, 3, np.uint16, False),
    "PNG of 16 bits with alpha": (ImageFormat.PNG, 3, np.uint16, True),
}


kinds = pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))

lengths = st.integers(1, 70)

edges = st.floats(-10, 80, width=32)


@st.composite
def pictures(draw, kind):
    """Two pictures that differ under the given boxes only, in colour and in alpha, and the boxes."""
    form, channels, depth, has_alpha = kind
    height, width = draw(lengths), draw(lengths)
    corners = draw(st.lists(st.tuples(edges, edges, edges, edges), min_size=1, max_size=3))
    seen = Detections.of([[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners])
    style = draw(
        st.builds(
            RegionStyle,
            shape=st.sampled_from(Shape),
            margin=st.sampled_from([0.0, 0.1]),
            feather=st.sampled_from([0.0, 0.3]),
        )
    )
    zones = tuple(draw(st.lists(st.builds(_zone, lengths, lengths, lengths), max_size=2)))
    regions = regions_of(seen, {ObjectClass.FACE: style}, width=width, height=height, ignore_zones=zones)
    core = core_of(regions, (height, width))
    layers = noise((height, width, channels + has_alpha), depth, draw(st.integers(0, 9)))
    painted = np.where(core[..., None], noise(layers.shape, depth, 99), layers)
    both = [
        Picture(each[..., :channels].copy(), each[..., channels].copy() if has_alpha else None, form)
        for each in (layers, painted)
    ]
    return seen, style, zones, *both


def _zone(left, top, side):
    return Zone(left, top, left + side, top + side)


@METHODS
@kinds
@given(data=st.data())
@settings(max_examples=8)
def test_noise_painted_under_the_regions_changes_no_byte_of_the_file(scenes, method, kind, data):
    seen, style, zones, one, other = data.draw(pictures(kind))
    recipe = scenes.recipe(method=method, style=style, quality=data.draw(st.sampled_from([5, 90, 100])))
    size = {"width": one.pixels.shape[1], "height": one.pixels.shape[0]}
    regions = regions_of(seen, recipe.styles, **size, ignore_zones=zones)

    first, second = (encode(draw(picture, regions, recipe), regions, recipe) for picture in (one, other))

    assert first == second


@METHODS
@kinds
def test_noise_painted_under_a_face_changes_no_byte_of_any_result(scenes, astronaut, method, kind):
    form, channels, depth, has_alpha = kind
    face = [[175, 53, 275, 180]]
    photo = astronaut[:300, :400, :channels].astype(depth) * (257 if depth == np.uint16 else 1)
    alpha = noise(photo.shape[:2], depth) if has_alpha else None
    style = RegionStyle(feather=0.3)
    core = core_of(regions_of(Detections.of(face), {ObjectClass.FACE: style}, width=400, height=300), photo.shape)
    painted = np.where(core[..., None], noise(photo.shape, depth), photo)
    painted_alpha = np.where(core, noise(core.shape, depth, 7), alpha) if has_alpha else None
    detector = Told(scenes.finder(), face, width=400, height=300)

    first, second = (
        anonymize_image(encode_image(Picture(pixels, plane, ImageFormat.PNG), keep=NOTHING), recipe, [detector])
        if form is ImageFormat.PNG
        else _of_pixels(pixels, recipe, detector)
        for recipe in [scenes.recipe(method=method, style=style)]
        for pixels, plane in [(photo, alpha), (painted, painted_alpha)]
    )

    assert (first.picture, first.binary_mask, first.instance_mask) == (
        second.picture,
        second.binary_mask,
        second.instance_mask,
    )


@METHODS
@pytest.mark.parametrize("zone", [(175, 53, 225, 180), (150, 110, 300, 200), (210, 100, 240, 130)])
def test_noise_painted_under_a_face_that_an_ignore_zone_cuts_changes_no_byte(
    scenes, astronaut, face_detector, method, zone
):
    """What is found is given; the second look is a real one, and what it sees of the rest decides nothing."""
    photo = astronaut[:300, :400]
    recipe = scenes.recipe(method=method, style=RegionStyle(feather=0.3), ignore_zones=(Zone(*zone),))
    detector = _ToldAtFirst(face_detector, [[175, 53, 275, 180]], width=400, height=300)
    first = anonymize_image(file_of(photo), recipe, [detector])
    core = core_of([region for region in first.regions if region], photo.shape)
    told = _ToldAtFirst(face_detector, first.detections.boxes, width=400, height=300)

    painted = anonymize_image(file_of(np.where(core[..., None], noise(photo.shape), photo)), recipe, [told])

    assert core.any()
    assert painted.picture == first.picture


class _ToldAtFirst(Told):
    """Finds what it is told at the first look, and looks again as a real detector does."""

    def __init__(self, real, boxes, *, width, height):
        super().__init__(real, boxes, width=width, height=height)
        self._real = real

    def detect(self, pixels, *, threshold, long_side):
        if pixels.shape[:2] == self._shape:
            return super().detect(pixels, threshold=threshold, long_side=long_side)
        return self._real.detect(pixels, threshold=threshold, long_side=long_side)


def _of_pixels(pixels, recipe, detector):
    """A JPEG cannot carry noise under a face and the same pixels beside it, so its pixels come by another way."""
    result = anonymize_image(file_of(pixels), recipe, [detector])
    shown = decode_image(result.picture)
    size = {"width": pixels.shape[1], "height": pixels.shape[0]}
    regions = regions_of(result.detections, recipe.styles, **size)
    drawn = draw(Picture(pixels, None, ImageFormat.JPEG), regions, recipe)
    np.testing.assert_array_equal(shown.pixels, drawn.pixels)
    return dataclasses.replace(result, picture=encode(drawn, regions, recipe))


@pytest.fixture(scope="module")
def real_photos(scenes, shared_media, face_detector):
    """Photos, and the regions under which their faces were hidden."""
    found = []
    for path in ("photos/agf_obama_partial_face.jpg", "photos/deface_city.jpg"):
        photo = decode_image((shared_media / path).read_bytes())
        recipe = scenes.recipe(style=RegionStyle(feather=0.3))
        result = anonymize_image(encode_image(photo, keep=NOTHING), recipe, [face_detector])
        found.append((photo, [region for region in result.regions if region is not None]))
    return found


@METHODS
def test_noise_painted_under_all_faces_of_real_photos_changes_no_byte(scenes, real_photos, method):
    recipe = scenes.recipe(method=method, style=RegionStyle(feather=0.3))
    for photo, regions in real_photos:
        core = core_of(regions, photo.pixels.shape)
        painted = np.where(core[..., None], noise(photo.pixels.shape), photo.pixels)

        first, second = (
            encode(draw(dataclasses.replace(photo, pixels=pixels), regions, recipe), regions, recipe)
            for pixels in (photo.pixels, painted)
        )

        assert core.any()
        assert first == second


@METHODS
def test_no_pixel_of_a_face_survives(scenes, method):
    """The source is noise around a quiet mark; what stands in the core is what the method draws without the mark."""
    source = noise((200, 301, 3))
    detector = Told(scenes.finder(), [MARK], width=301, height=200)

    result = anonymize_image(file_of(source), scenes.recipe(method=method), [detector])

    core = core_of(result.regions, source.shape)
    shown = decode_image(result.picture).pixels
    equal = (shown == source).all(axis=2)
    assert equal[~core].all()
    assert equal[core].mean() < 0.001

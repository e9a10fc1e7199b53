"""From the bytes that came to the bytes that may leave, on final files."""

import dataclasses
import io
import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from veil_vision.errors import DefectiveImageError, FormatMismatchError, ModelMissingError, VerificationError
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.regions import RegionStyle, Shape, Zone, regions_of
from veil_vision.hide.render import draw, draw_findings, encode
from veil_vision.hide.styles import Look
from veil_vision.image.files import Picture, decode_image, encode_image
from veil_vision.image.kinds import ImageFormat
from veil_vision.image.metadata import MetadataPolicy
from veil_vision.image.panorama_xmp import Panorama, write_panorama
from veil_vision.pipelines import image as pipeline
from veil_vision.pipelines.image import _across_the_seam, anonymize_image

MARK = (100, 60, 140, 110)
LOOKS = pytest.mark.parametrize("look", list(Look))
NOTHING = MetadataPolicy()


class Told:
    """A detector that finds what it is told in pictures of the size it is told, and nothing in any other."""

    def __init__(self, finder, boxes, *, width, height):
        self.name, self.sha256, self.provider, self.classes = finder.name, finder.sha256, "none", finder.classes
        self.default_threshold, self.search_plan, self.second_look = 0.5, finder.search_plan, finder.second_look
        self._boxes, self._shape = boxes, (height, width)

    def detect(self, pixels, *, threshold, long_side):
        return Detections.of(self._boxes if pixels.shape[:2] == self._shape else [])


def file_of(pixels, alpha=None, form=ImageFormat.PNG):
    return encode_image(Picture(pixels, alpha, form), keep=NOTHING)


def noise(shape, dtype=np.uint8, seed=1):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def core_of(regions, shape):
    core = np.zeros(shape[:2], bool)
    for region in regions:
        core[region.rows, region.columns] |= region.core
    return core


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
    core = core_of(regions_of(seen, {ObjectClass.FACE: style}, width=width, height=height), (height, width))
    layers = noise((height, width, channels + has_alpha), depth, draw(st.integers(0, 9)))
    painted = np.where(core[..., None], noise(layers.shape, depth, 99), layers)
    both = [
        Picture(each[..., :channels].copy(), each[..., channels].copy() if has_alpha else None, form)
        for each in (layers, painted)
    ]
    return seen, style, *both


@LOOKS
@kinds
@given(data=st.data())
@settings(max_examples=15)
def test_noise_painted_under_the_regions_changes_no_byte_of_the_file(scenes, look, kind, data):
    seen, style, one, other = data.draw(pictures(kind))
    recipe = scenes.recipe(look=look, style=style, quality=data.draw(st.sampled_from([5, 90, 100])))
    size = {"width": one.pixels.shape[1], "height": one.pixels.shape[0]}
    regions = regions_of(seen, recipe.styles, **size)

    first, second = (encode(draw(picture, regions, recipe), recipe) for picture in (one, other))

    assert first == second


@LOOKS
@kinds
def test_noise_painted_under_a_face_changes_no_byte_of_any_result(scenes, astronaut, look, kind):
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
        for recipe in [scenes.recipe(look=look, style=style)]
        for pixels, plane in [(photo, alpha), (painted, painted_alpha)]
    )

    assert (first.picture, first.binary_mask, first.instance_mask) == (
        second.picture,
        second.binary_mask,
        second.instance_mask,
    )


def _of_pixels(pixels, recipe, detector):
    """A JPEG cannot carry noise under a face and the same pixels beside it, so its pixels come by another way."""
    result = anonymize_image(file_of(pixels), recipe, [detector])
    shown = decode_image(result.picture)
    size = {"width": pixels.shape[1], "height": pixels.shape[0]}
    drawn = draw(Picture(pixels, None, ImageFormat.JPEG), regions_of(result.detections, recipe.styles, **size), recipe)
    np.testing.assert_array_equal(shown.pixels, drawn.pixels)
    return dataclasses.replace(result, picture=encode(drawn, recipe))


@LOOKS
def test_noise_painted_under_all_faces_of_real_photos_changes_no_byte(scenes, shared_media, face_detector, look):
    for path in ("photos/agf_obama3.jpg", "photos/deface_city.jpg", "coco128/images/000000000389.jpg"):
        photo = decode_image((shared_media / path).read_bytes())
        recipe = scenes.recipe(look=look, style=RegionStyle(feather=0.3))
        result = anonymize_image(encode_image(photo, keep=NOTHING), recipe, [face_detector])
        regions = [region for region in result.regions if region is not None]
        core = core_of(regions, photo.pixels.shape)
        painted = np.where(core[..., None], noise(photo.pixels.shape), photo.pixels)

        first, second = (
            encode(draw(dataclasses.replace(photo, pixels=pixels), regions, recipe), recipe)
            for pixels in (photo.pixels, painted)
        )

        assert core.any()
        assert first == second


@LOOKS
def test_no_pixel_of_a_face_survives(scenes, look):
    """The source is noise around a quiet mark; what stands in the core is what the look draws without the mark."""
    source = noise((200, 301, 3))
    detector = Told(scenes.finder(), [MARK], width=301, height=200)

    result = anonymize_image(file_of(source), scenes.recipe(look=look), [detector])

    core = core_of(result.regions, source.shape)
    shown = decode_image(result.picture).pixels
    equal = (shown == source).all(axis=2)
    assert equal[~core].all()
    assert equal[core].mean() < 0.001


@LOOKS
@pytest.mark.parametrize("form", list(ImageFormat))
def test_a_face_is_hidden_and_the_rest_stays(scenes, look, form):
    source = scenes.marked(MARK)

    result = anonymize_image(file_of(source, form=form), scenes.recipe(look=look), [scenes.finder()])

    shown = decode_image(result.picture)
    assert shown.format is form
    assert not len(scenes.finder().detect(shown.pixels, threshold=0.1, long_side=960))
    far = np.abs(shown.pixels[:40].astype(int) - source[:40])
    assert far.mean() <= (0 if form is ImageFormat.PNG else 4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_hidden_and_written_upright_however_its_camera_was_held(
    scenes, astronaut, face_detector, build, orientation
):
    straight = anonymize_image(build.jpeg(astronaut), scenes.recipe(), [face_detector])
    stored = np.array(Image.fromarray(astronaut).transpose(_UNTURN[orientation]) if orientation > 1 else astronaut)

    turned = anonymize_image(build.jpeg(stored, orientation=orientation), scenes.recipe(), [face_detector])

    np.testing.assert_allclose(turned.detections.boxes, straight.detections.boxes, atol=3)
    with Image.open(io.BytesIO(turned.picture)) as image:
        assert dict(image.getexif()) == {}
        assert np.abs(np.array(image).astype(int) - decode_image(straight.picture).pixels).mean() < 3


_UNTURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@LOOKS
def test_a_look_that_reads_as_a_face_stays_as_it_was_asked_for(scenes, look):
    """The face here is gone, but what the look makes of its surroundings goes on being taken for one."""
    source = np.full((200, 301, 3), (200, 60, 60), np.uint8)
    told = Told(scenes.finder(), [MARK], width=301, height=200)

    plain, doubted = (
        anonymize_image(file_of(source), scenes.recipe(look=look), [detector])
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


def test_a_face_half_in_an_ignore_zone_fails_no_task(scenes):
    source = scenes.marked(MARK)
    zone = Zone(120, 0, 300, 200)

    result = anonymize_image(file_of(source), scenes.recipe(ignore_zones=(zone,)), [scenes.finder()])

    shown = decode_image(result.picture).pixels
    np.testing.assert_array_equal(shown[:, 120:], source[:, 120:])
    assert not (shown[60:110, 100:120] == (255, 0, 0)).all(axis=2).any()


def test_a_face_in_an_ignore_zone_is_found_and_left_alone(scenes):
    source = scenes.marked(MARK)

    result = anonymize_image(file_of(source), scenes.recipe(ignore_zones=(Zone(50, 0, 250, 200),)), [scenes.finder()])

    assert result.regions == (None,)
    assert len(result.detections) == 1
    np.testing.assert_array_equal(decode_image(result.picture).pixels, source)


def test_what_is_still_visible_when_the_rounds_are_used_up_ends_in_no_result(scenes, monkeypatch):
    monkeypatch.setattr(pipeline, "ROUNDS", 1)
    source = scenes.marked(MARK, (145, 65, 165, 95), width=301)

    with pytest.raises(VerificationError, match="rounds"):
        anonymize_image(file_of(source), scenes.recipe(), [_OverlooksAtFirst(scenes.finder())])


def test_a_look_that_hides_nothing_ends_in_no_result(scenes, astronaut, monkeypatch):
    """The detector looks away, so only the likeness of source and result can tell."""
    monkeypatch.setattr(pipeline, "draw", lambda picture, *_, **__: picture)
    blind = Told(scenes.finder(), [[175, 53, 275, 180]], width=512, height=512)

    with pytest.raises(VerificationError, match="resembles"):
        anonymize_image(file_of(astronaut), scenes.recipe(), [blind])


@pytest.mark.parametrize("look", [Look.BLUR, Look.BLACKEN])
def test_debug_drawing_comes_on_top_of_what_passed(scenes, look):
    """Its lines are red, so if the gate looked at them, it would see more faces than there are."""
    source = scenes.marked(MARK)

    plain, marked = (
        anonymize_image(file_of(source), scenes.recipe(look=look, debug=debug, scores=True), [scenes.finder()])
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

    monkeypatch.setattr(pipeline, "draw_findings", on_the_source)
    told = Told(scenes.finder(), [[175, 53, 275, 180]], width=512, height=512)

    with pytest.raises(VerificationError, match="does not show what was drawn"):
        anonymize_image(file_of(astronaut), scenes.recipe(debug=True), [told])


def test_a_crowd_of_a_hundred_faces_is_hidden_in_few_rounds(scenes, shared_faults, face_detector):
    result = anonymize_image((shared_faults / "crowd_115_faces.jpg").read_bytes(), scenes.recipe(), [face_detector])

    assert len(result.regions) > 90
    assert result.report["gate"]["rounds"] <= 4


def test_detection_only_makes_masks_and_no_picture(scenes):
    result = anonymize_image(file_of(scenes.marked(MARK)), scenes.recipe(look=None), [scenes.finder()])

    assert result.picture is None
    assert result.report["verdict"] == "nothing hidden"
    mask = cv2.imdecode(np.frombuffer(result.binary_mask, np.uint8), cv2.IMREAD_UNCHANGED)
    assert mask[85, 120] == 255


def test_masks_show_what_was_hidden(scenes):
    result = anonymize_image(file_of(scenes.marked(MARK)), scenes.recipe(mask_scale=50), [scenes.finder()])

    binary, instances = (np.array(Image.open(io.BytesIO(each))) for each in (result.binary_mask, result.instance_mask))
    core = core_of(result.regions, (200, 300))[1::2, 1::2]
    np.testing.assert_array_equal(binary > 0, core)
    np.testing.assert_array_equal(instances, np.where(core[..., None], (0, 1, 32), 0))


def test_masks_that_nobody_asked_for_are_not_made(scenes):
    recipe = scenes.recipe(binary_mask=False, instance_mask=False)

    result = anonymize_image(file_of(scenes.marked(MARK)), recipe, [scenes.finder()])

    assert (result.binary_mask, result.instance_mask) == (None, None)


def test_a_picture_without_faces_comes_back_as_it_was(scenes):
    source = scenes.marked()

    result = anonymize_image(file_of(source), scenes.recipe(), [scenes.finder()])

    np.testing.assert_array_equal(decode_image(result.picture).pixels, source)
    assert result.report["verdict"] == "verified"


def test_the_report_can_be_written_as_json_and_names_hashes_and_models(scenes):
    result = anonymize_image(file_of(scenes.marked(MARK)), scenes.recipe(), [scenes.finder()])

    report = json.loads(json.dumps(result.report))
    assert report["size"] == [300, 200]
    assert report["models"][0]["sha256"] == "0" * 64
    assert len(report["input"]["sha256"]) == len(report["output"]["sha256"]) == 64
    assert set(report["seconds"]) == {"decode", "detect", "outline", "hide", "encode", "verify", "masks"}


def test_the_same_input_gives_the_same_bytes(scenes):
    source = file_of(scenes.marked(MARK))

    first, second = (anonymize_image(source, scenes.recipe(look=Look.PIXELATE), [scenes.finder()]) for _ in range(2))

    assert (first.picture, first.instance_mask) == (second.picture, second.instance_mask)


def test_a_class_without_a_model_is_refused(scenes):
    with pytest.raises(ModelMissingError):
        anonymize_image(file_of(scenes.marked()), scenes.recipe(), [])


def test_a_picture_of_another_size_than_its_grid_is_refused(scenes):
    recipe = scenes.recipe(grid=Grid(2, 2, width=8000, height=4000))

    with pytest.raises(FormatMismatchError):
        anonymize_image(file_of(scenes.marked()), recipe, [scenes.finder()])


def test_what_is_no_picture_is_refused(scenes):
    with pytest.raises(DefectiveImageError):
        anonymize_image(file_of(scenes.marked())[:-40], scenes.recipe(), [scenes.finder()])


class WideMarkFinder:
    """Sees only marks of at least 30 pixels, so none that the edge of a picture cuts in two."""

    def __init__(self, finder):
        self._finder = finder

    def __getattr__(self, name):
        return getattr(self._finder, name)

    def detect(self, pixels, *, threshold, long_side):
        found = self._finder.detect(pixels, threshold=threshold, long_side=long_side)
        return found.select(found.boxes[:, 2] - found.boxes[:, 0] >= 30)


@pytest.mark.parametrize("told", [True, False])
def test_a_panorama_by_its_metadata_is_searched_across_its_seam_without_being_asked(scenes, build, told):
    pixels = scenes.marked((0, 80, 20, 120), (380, 80, 400, 120), width=400)
    xmp = write_panorama(Panorama(400, 200, 400, 200, 0, 0)) if told else b""
    file = build.with_segments(build.jpeg(pixels), build.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp))

    result = anonymize_image(file, scenes.recipe(threshold=0.4), [WideMarkFinder(scenes.finder())])

    hidden = sorted(region.core.shape[1] for region in result.regions)
    assert len(hidden) == (2 if told else 0)


@pytest.mark.parametrize(
    ("width", "height", "is_one"), [(5760, 2880, True), (5640, 2816, True), (4000, 2000, False), (6000, 4000, False)]
)
def test_a_panorama_is_told_by_its_ratio_at_every_size_from_4096_on(scenes, width, height, is_one):
    picture = Picture(np.zeros((height, width, 1), np.uint8), None, ImageFormat.PNG)

    grid = _across_the_seam(scenes.recipe(), picture).grid

    assert (grid is not None and grid.wraps) == is_one
    assert not is_one or len(grid.tiles(width, height)) == grid.rows * grid.columns


def test_a_grid_that_was_asked_for_stays(scenes):
    recipe = scenes.recipe(grid=Grid(1, 1))
    picture = Picture(np.zeros((2048, 4096, 1), np.uint8), None, ImageFormat.PNG)

    assert _across_the_seam(recipe, picture) is recipe

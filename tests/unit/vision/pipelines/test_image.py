"""From the bytes that came to the bytes that may leave: picture, masks and report."""

import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.unit.vision.pipelines.told import MARK, METHODS, core_of, file_of
from veil_vision.errors import DefectiveImageError, FormatMismatchError, ModelMissingError
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.regions import Zone
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import decode_image
from veil_vision.image.kinds import ImageFormat
from veil_vision.pipelines.image import anonymize_image


@METHODS
@pytest.mark.parametrize("form", list(ImageFormat))
def test_a_face_is_hidden_and_the_rest_stays(scenes, method, form):
    source = scenes.marked(MARK)

    result = anonymize_image(file_of(source, form=form), scenes.recipe(method=method), [scenes.finder()])

    shown = decode_image(result.picture)
    assert shown.format is form
    assert not len(scenes.finder().detect(shown.pixels, threshold=0.1, long_side=960))
    far = np.abs(shown.pixels[:40].astype(int) - source[:40])
    assert far.mean() <= (0 if form is ImageFormat.PNG else 4)


@pytest.fixture(scope="module")
def straight(scenes, astronaut, face_detector, build):
    """What becomes of the photo of a camera that was held upright."""
    return anonymize_image(build.jpeg(astronaut), scenes.recipe(), [face_detector])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_hidden_and_shown_upright_however_its_camera_was_held(
    scenes, astronaut, face_detector, build, *, straight, orientation
):
    stored = np.array(Image.fromarray(astronaut).transpose(_UNTURN[orientation]) if orientation > 1 else astronaut)

    turned = anonymize_image(build.jpeg(stored, orientation=orientation), scenes.recipe(), [face_detector])

    np.testing.assert_allclose(turned.detections.boxes, straight.detections.boxes, atol=3)
    with Image.open(io.BytesIO(turned.picture)) as image:
        assert dict(image.getexif()) == ({0x0112: orientation} if orientation > 1 else {})
        shown = np.array(ImageOps.exif_transpose(image))
        assert np.abs(shown.astype(int) - decode_image(straight.picture).pixels).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_that_is_coded_whole_is_written_upright(scenes, build, orientation):
    file = build.jpeg(scenes.marked(MARK), orientation=orientation)

    result = anonymize_image(file, scenes.recipe(quality=90), [scenes.finder()])

    shown = decode_image(result.picture)
    assert shown.metadata.orientation == 1
    assert (result.width, result.height) == shown.pixels.shape[1::-1]


_UNTURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


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


def test_detection_only_makes_masks_and_no_picture(scenes):
    result = anonymize_image(file_of(scenes.marked(MARK)), scenes.recipe(method=None), [scenes.finder()])

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

    first, second = (
        anonymize_image(source, scenes.recipe(method=AnonymizationMethod.PIXELATE), [scenes.finder()]) for _ in range(2)
    )

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

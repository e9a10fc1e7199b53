"""Persons and vehicles by their outlines, in real photos: what is lost, what is won, what is proven."""

import dataclasses

import cv2
import numpy as np
import pytest

from veil_vision.detect.ensemble import find_all
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.render import draw, encode
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import decode_image
from veil_vision.models.catalogue import ModelFolder, segmenter_catalogue
from veil_vision.pipelines.image import anonymize_image
from veil_vision.segment import open_segmenter
from veil_vision.segment.objects import with_outlines

COCO_PERSON = "1"


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory):
    return open_segmenter(segmenter_catalogue()[0], ModelFolder(tmp_path_factory.mktemp("models")), threads=2)


def recipe(shape=Shape.SEGMENT, method=AnonymizationMethod.BLUR, **style):
    target = Target(threshold=None, style=RegionStyle(shape, **style), kernel_size=91)
    return Recipe(targets=dict.fromkeys([ObjectClass.PERSON, ObjectClass.VEHICLE], target), method=method)


def core_of(regions, shape):
    core = np.zeros(shape[:2], bool)
    for region in regions:
        core[region.rows, region.columns] |= region.core
    return core


def test_the_segmenter_shows_a_person_and_not_what_is_beside_it(segmenter, shared_media):
    photo = cv2.imread(str(shared_media / "photos" / "intel_person_f522.jpg"))[:, :, ::-1].copy()

    cells = segmenter.segment(photo[:, 350:610])

    rows, columns = cells.shape
    assert rows <= 256
    assert columns <= 256
    assert cells[rows // 4 : rows // 2, int(columns * 0.45) : int(columns * 0.55)].all()
    assert cells[:, : columns // 12].mean() < 0.05


@pytest.mark.parametrize("every", [24, pytest.param(4, marks=pytest.mark.slow)])
def test_outlines_cover_nearly_what_boxes_cover_and_hide_much_less(street_detector, segmenter, shared_media, every):
    covered, marked, hidden = dict.fromkeys(Shape, 0), 0, dict.fromkeys(Shape, 0)
    for marks in sorted((shared_media / "coco128" / "polygons").iterdir())[::every]:
        photo = cv2.imread(str(shared_media / "coco128" / "images" / f"{marks.stem}.jpg"))[:, :, ::-1].copy()
        size = {"width": photo.shape[1], "height": photo.shape[0]}
        people = np.zeros(photo.shape[:2], np.uint8)
        for name, *corners in (line.split() for line in marks.read_text().splitlines()):
            points = np.array(corners, float).reshape(-1, 2) * [size["width"], size["height"]]
            if name == COCO_PERSON:
                cv2.fillPoly(people, [np.rint(points).astype(np.int32)], 1)
        found = with_outlines(photo, find_all(photo, recipe(), [street_detector]), recipe(), segmenter)
        found = found.select(np.array([each is ObjectClass.PERSON for each in found.classes], bool))
        marked += np.count_nonzero(people)
        for shape in (Shape.BOX, Shape.SEGMENT):
            core = core_of(regions_of(found, recipe(shape).styles, **size), photo.shape)
            covered[shape] += np.count_nonzero(core & (people > 0))
            hidden[shape] += np.count_nonzero(core)

    assert covered[Shape.SEGMENT] >= covered[Shape.BOX] - 0.03 * marked
    assert hidden[Shape.SEGMENT] < 0.9 * hidden[Shape.BOX]


@pytest.mark.parametrize("method", AnonymizationMethod)
def test_noise_painted_under_all_outlines_of_a_real_photo_changes_no_byte(
    street_detector, segmenter, shared_media, method
):
    source = (shared_media / "photos" / "intel_person_f522.jpg").read_bytes()
    asked = recipe(method=method, feather=0.2)

    made = anonymize_image(source, asked, [street_detector], segmenter)

    photo, regions = decode_image(source), [region for region in made.regions if region is not None]
    core = core_of(regions, photo.pixels.shape)
    noise = np.random.default_rng(0).integers(0, 256, photo.pixels.shape, np.uint8)
    painted = dataclasses.replace(photo, pixels=np.where(core[..., None], noise, photo.pixels))
    first, second = (encode(draw(each, regions, asked), regions, asked) for each in (photo, painted))
    assert made.report["outlined"] == 1
    assert made.report["segmenter"]["name"] == "deeplab-pascal"
    assert first == second == made.picture


def test_masks_show_the_outline_under_the_contracts_numbers(street_detector, segmenter, shared_media):
    source = (shared_media / "photos" / "intel_person_f522.jpg").read_bytes()

    made = anonymize_image(source, recipe(), [street_detector], segmenter)

    binary = cv2.imdecode(np.frombuffer(made.binary_mask, np.uint8), cv2.IMREAD_UNCHANGED)
    blue, green, red = cv2.split(cv2.imdecode(np.frombuffer(made.instance_mask, np.uint8), cv2.IMREAD_COLOR))
    core = core_of(made.regions, binary.shape)
    assert 0.3 < core.sum() / made.regions[0].core.size < 0.95
    np.testing.assert_array_equal(binary, np.where(core, 255, 0))
    np.testing.assert_array_equal(blue, np.where(core, 128, 0))
    np.testing.assert_array_equal(green, np.where(core, 1, 0))
    assert not red.any()

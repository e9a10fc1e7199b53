"""Plates, persons and vehicles in real photos: floors under what was measured (docs/detection.md)."""

import csv
from functools import partial

import numpy as np
import pytest

from veil_vision.detect.profiles import ProfileName, profiles
from veil_vision.detect.tiles import search
from veil_vision.evaluation.class_names import ClassNames
from veil_vision.evaluation.metrics import Tally
from veil_vision.evaluation.reading import Request, read_dataset
from veil_vision.evaluation.runner import Task, measure
from veil_vision.geometry.boxes import area
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.image.files import decode_image
from veil_vision.pipelines.image import anonymize_image

STYLES = dict.fromkeys(ObjectClass, RegionStyle(Shape.BOX)) | {ObjectClass.LICENSE_PLATE: RegionStyle(Shape.EVEN_BOX)}
NO_MASKS = {"binary_mask": False, "instance_mask": False}


def figures(detector, object_class, dataset, *, every, edge, **folders):
    """Return what the evaluation counts in each `every`-th photo: in all, below a size in pixels, and from it on."""
    style = STYLES[object_class]
    recipe = Recipe(
        targets={object_class: Target(threshold=None, style=style, kernel_size=0.5)}, method=None, **NO_MASKS
    )
    task = Task(partial(anonymize_image, recipe=recipe, detectors=[detector]), [object_class])
    photos = read_dataset(Request(dataset, ClassNames([object_class]), **folders)).photos[::every]
    tally = Tally([object_class], {object_class: [edge]})
    for photo in measure(photos, task, at_once=1):
        tally.add(photo)
    (counted,) = tally.evaluation().classes
    return counted.total.covered, *(row.covered for row in counted.bins)


@pytest.mark.parametrize(("every", "at_least"), [(96, 5), pytest.param(16, 30, marks=pytest.mark.slow)])
def test_plates_of_24_pixels_are_covered_and_most_of_the_smaller_ones(plate_detector, shared_media, every, at_least):
    every_plate, _, large = figures(
        plate_detector, ObjectClass.LICENSE_PLATE, shared_media / "plates" / "boxes.csv", every=every, edge=24
    )

    assert every_plate.count > at_least
    assert large.value >= 0.95
    assert every_plate.value >= 0.75


@pytest.mark.parametrize(("every", "at_least"), [(12, 20), pytest.param(4, 40, marks=pytest.mark.slow)])
def test_persons_are_covered_as_measured(street_detector, shared_media, every, at_least):
    coco = shared_media / "coco128"

    persons, _, large = figures(
        street_detector,
        ObjectClass.PERSON,
        coco / "box_classes.yaml",
        every=every,
        edge=96,
        images=coco / "images",
        labels=coco / "boxes",
    )

    assert persons.count > at_least
    assert persons.value >= 0.7
    assert large.value >= 0.95


@pytest.mark.parametrize("photo", ["close65_000", "close65_006", "close65_008", "close92_003", "close92_004"])
def test_a_plate_that_fills_most_of_the_picture_is_hidden(own_plate_detector, shared_faults, photo):
    """Crops of Vietnamese photos (MIT); the boxes are in the faults' manifest."""
    assert share_hidden(own_plate_detector, shared_faults, photo, own_plate_detector.search_plan) >= 0.98


@pytest.mark.parametrize("photo", ["turn30_009", "turn45_001", "turn45_002", "turn45_007"])
def test_a_plate_turned_by_30_or_45_degrees_is_hidden(own_plate_detector, shared_faults, photo):
    assert share_hidden(own_plate_detector, shared_faults, photo, own_plate_detector.search_plan) >= 0.98


@pytest.mark.parametrize("photo", ["dark_vn14", "dark_vn15"])
def test_a_plate_with_light_characters_on_dark_ground_is_hidden(own_plate_detector, shared_faults, photo):
    assert share_hidden(own_plate_detector, shared_faults, photo, own_plate_detector.search_plan) >= 0.98


@pytest.mark.parametrize("photo", ["turn90_001", "turn90_002"])
def test_a_plate_on_its_side_is_hidden_by_the_thorough_profile(own_plate_detector, shared_faults, photo):
    use = profiles()[ProfileName.THOROUGH].use_of(own_plate_detector.name)

    assert share_hidden(own_plate_detector, shared_faults, photo, use.plan(own_plate_detector.search_plan)) >= 0.98


@pytest.mark.parametrize("photo", ["false_group", "false_tennis", "false_berlin"])
def test_no_scene_is_taken_for_a_plate(own_plate_detector, shared_faults, photo):
    assert largest_share(own_plate_detector, shared_faults / f"{photo}.jpg") < 0.02


@pytest.mark.parametrize("photo", ["000000000142", "000000000250"])
def test_neither_a_cartons_nor_a_streets_name_is_taken_for_a_plate(own_plate_detector, shared_media, photo):
    assert largest_share(own_plate_detector, shared_media / "coco128" / "images" / f"{photo}.jpg") < 0.02


def largest_share(detector, photo):
    """How much of a photo without plates the largest box takes."""
    pixels = decode_image(photo.read_bytes()).pixels
    found = search(detector, pixels, threshold=detector.default_threshold)
    return area(found.boxes).max(initial=0) / (pixels.shape[0] * pixels.shape[1])


def share_hidden(detector, shared_faults, photo, plan):
    """How much of the plate that the faults' manifest names lies in what would be hidden."""
    with (shared_faults / "manifest.csv").open(newline="") as manifest:
        (box,) = [row["box"] for row in csv.DictReader(manifest) if row["file"] == f"plate_{photo}.jpg"]
    pixels = decode_image((shared_faults / f"plate_{photo}.jpg").read_bytes()).pixels
    height, width = pixels.shape[:2]

    found = search(detector, pixels, threshold=detector.default_threshold, plan=plan)

    hidden = np.zeros((height, width), bool)
    for region in regions_of(found, STYLES, width=width, height=height):
        hidden[region.rows, region.columns] |= region.core
    left, top, right, bottom = map(int, box.split())
    return hidden[top:bottom, left:right].mean()

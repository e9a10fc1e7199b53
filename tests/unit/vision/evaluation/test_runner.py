"""Photo after photo: bounded, counted, and nothing passed over."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from veil_vision.errors import DefectiveImageError
from veil_vision.evaluation.annotations import Mark
from veil_vision.evaluation.datasets import MarkedPhoto, Problem
from veil_vision.evaluation.error_gallery import ErrorGallery
from veil_vision.evaluation.metrics import Tally, as_document
from veil_vision.evaluation.runner import Task, measure
from veil_vision.evaluation.sizes import DEFAULT_EDGES, bin_index, bins_of
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of

PLATE = ObjectClass.LICENSE_PLATE


def found(*boxes):
    """What a pipeline answers that finds plates at the given places of a photo of 100 x 80 pixels."""
    seen = Detections.of(list(boxes), [0.9] * len(boxes), PLATE)
    style = RegionStyle(shape=Shape.BOX, margin=0)
    return SimpleNamespace(width=100, height=80, regions=regions_of(seen, {PLATE: style}, width=100, height=80))


@pytest.fixture
def photos(tmp_path):
    """Photos with a plate of 10 pixels' height each."""
    Image.fromarray(np.full((80, 100, 3), 120, np.uint8)).save(tmp_path / "photo.png")
    mark = Mark(PLATE, (10, 10, 40, 20), "boxes.csv, line 2")
    return [MarkedPhoto(f"{number}.png", tmp_path / "photo.png", (mark,)) for number in range(40)]


def evaluated(photos, find, gallery=None, at_once=2):
    tally = Tally([PLATE], DEFAULT_EDGES)
    for photo in measure(photos, Task(find, [PLATE], gallery), at_once=at_once):
        tally.add(photo)
    return tally.evaluation()


def test_the_figures_add_up(photos):
    answers = iter([found((10, 10, 40, 20))] * 3 + [found((60, 60, 90, 75))] * 37)

    evaluation = evaluated(photos, lambda data: next(answers), at_once=1)

    (plates,) = evaluation.classes
    assert (evaluation.photos, evaluation.megapixels) == (40, pytest.approx(0.32))
    assert (plates.total.covered.hits, plates.total.covered.count, plates.total.false.events) == (3, 40, 37)
    assert [row.covered.count for row in plates.bins] == [40, 0, 0, 0]
    assert [row.false.events for row in plates.bins] == [0, 37, 0, 0]
    assert plates.hidden == pytest.approx((3 * 300 + 37 * 450) / 40 / 8000)
    document = as_document(evaluation, {"dataset": "x"})
    assert document["classes"]["license_plate"]["all"]["covered"]["share"] == 3 / 40


def test_no_more_photos_are_open_than_there_are_workers(photos):
    lock, now, most = threading.Lock(), [0], [0]

    def find(data):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.002)
        with lock:
            now[0] -= 1
        return found()

    started = iter(measure(photos, Task(find, [PLATE]), at_once=3))
    next(started)
    rest = list(started)

    assert len(rest) == 39
    assert 1 <= most[0] <= 3


def test_a_photo_that_cannot_be_read_is_listed_and_the_others_count(photos, tmp_path):
    def find(data):
        if data == b"broken":
            raise DefectiveImageError("the PNG is cut off")
        return found()

    (tmp_path / "broken.png").write_bytes(b"broken")
    damaged = [
        replace(photos[0], name="a.png", file=tmp_path / "broken.png"),
        replace(photos[0], name="b.png", file=tmp_path / "gone.png"),
        replace(photos[0], name="c.png", size=(5, 5)),
        *photos[:2],
    ]

    evaluation = evaluated(damaged, find)

    assert evaluation.photos == 2
    assert [each.place.rpartition("/")[2] for each in evaluation.problems] == ["a.png", "gone.png", "c.png"]
    assert isinstance(evaluation.problems[0], Problem)


def test_misses_and_false_regions_become_pictures_that_only_their_owner_may_read(photos, tmp_path):
    gallery = ErrorGallery(tmp_path / "report")

    evaluated(photos[:2], lambda data: found((60, 60, 90, 75)), gallery)

    files = sorted(each for each in (tmp_path / "report").rglob("*") if each.is_file())
    assert [each.name for each in files] == [
        f"00000{number}-{kind}-1.jpg" for number in (1, 2) for kind in ("false", "miss")
    ]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "report", tmp_path / "report/pictures")} == {0o700}
    assert [(each.mistake, each.photo) for each in gallery.error_crops] == [
        *(("miss", "0.png"), ("miss", "1.png"), ("false", "0.png"), ("false", "1.png")),
    ]
    with Image.open(files[1]) as miss:
        orange = np.abs(np.asarray(miss).astype(int) - (255, 170, 0)).max(axis=2) < 60
    assert orange.sum() > 200


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(FileExistsError, match="not empty"):
        ErrorGallery(tmp_path)


def test_bins_are_half_open_and_without_a_gap():
    bins = bins_of((12, 16))

    assert bins == [(0, 12), (12, 16), (16, None)]
    assert [bin_index(size, (12, 16)) for size in (0, 11.9, 12, 15.9, 16, 1000)] == [0, 0, 1, 1, 2, 2]

"""One truth, four formats: what is read is the same."""

import json

import numpy as np
import pytest

from veil_vision.evaluation.annotations import Mark
from veil_vision.evaluation.errors import DatasetError

CLASSES = "license_plate,person,vehicle"


def marks_of(dataset, truth):
    """Every mark in whole pixels, by the photo's last name."""
    sizes = {name.rpartition("/")[2]: (drawn.width, drawn.height) for name, drawn in truth.items()}
    return {
        (last := photo.name.rpartition("/")[2]): sorted(
            (mark.object_class.value, mark.counts, *(round(side, 3) for side in mark.box))
            for mark in photo.marks_in_pixels(*sizes[last])
        )
        for photo in dataset.photos
    }


def test_every_format_gives_the_same_marks(kind, written, read, truth):
    root, meanings = written(kind)

    dataset = read(root, CLASSES, **meanings)

    assert (dataset.kind, dataset.problems, dataset.pictures) == (kind, [], 3)
    expected = {
        "one.png": [("license_plate", True, 40, 55, 60, 61), ("vehicle", True, 20, 30, 80, 70)],
        "two.png": [("person", True, 0, 0, 30, 160), ("person", False, 60, 60, 120, 160)],
        "night.png": [],
    }
    seen = marks_of(dataset, truth)
    if meanings:  # a name that is to be ignored is so for every class
        seen["two.png"] = [mark for mark in seen["two.png"] if mark[0] == "person"]
    assert {name: sorted(marks) for name, marks in seen.items()} == {n: sorted(m) for n, m in expected.items()}


def test_a_name_can_be_given_another_meaning_or_none(kind, written, read, truth):
    root, meanings = written(kind)

    dataset = read(root, "face,vehicle", **{**meanings, "person": "face", "dog": "vehicle", "car": "none"})

    kinds = {name: {mark[0] for mark in marks if mark[1]} for name, marks in marks_of(dataset, truth).items()}
    assert kinds == {"one.png": {"vehicle"}, "two.png": {"face"}, "night.png": set()}


def test_a_class_that_no_name_stands_for_is_refused_with_the_names_there_are(kind, written, read):
    root, meanings = written(kind)

    with pytest.raises(DatasetError, match=r"no name stands for face.*car.*--map NAME=face"):
        read(root, "face", **meanings)


def test_a_meaning_for_a_name_that_is_not_there_is_refused(kind, written, read):
    root, meanings = written(kind)

    with pytest.raises(DatasetError, match="no class is called pedestrian here"):
        read(root, "vehicle", **{**meanings, "pedestrian": "vehicle"})


def test_a_missing_picture_is_listed_and_the_others_are_read(kind, written, read):
    root, meanings = written(kind)
    next(root.rglob("one.png")).unlink()

    dataset = read(root, CLASSES, **meanings)

    assert sorted(photo.name.rpartition("/")[2] for photo in dataset.photos) == ["night.png", "two.png"]
    assert len(dataset.problems) == 1
    assert "one" in dataset.problems[0].place + dataset.problems[0].reason


def test_a_picture_of_another_size_than_announced_is_refused(written, read):
    for kind in ("COCO", "Pascal VOC"):
        root, _ = written(kind)
        photo = next(each for each in read(root, "person").photos if each.name.endswith("two.png"))

        with pytest.raises(DatasetError, match=r"for \(120, 160\) pixels"):
            photo.marks_in_pixels(160, 120)


def test_a_mark_outside_its_picture_is_refused_by_its_line(written, read):
    root, _ = written("YOLO")
    (root / "labels" / "night.txt").write_text("\n0 1.5 0.5 0.2 0.2\n")
    photo = next(each for each in read(root, "vehicle", crowd="ignore").photos if each.name == "images/night.png")

    with pytest.raises(DatasetError, match=r"labels/night.txt, line 2: the mark lies outside"):
        photo.marks_in_pixels(64, 64)


def test_outlines_of_yolo_and_coco_are_the_same_pixels(written, read):
    yolo, meanings = written("YOLO")
    (yolo / "labels" / "night.txt").write_text("0 0.25 0.25 0.75 0.25 0.25 0.75")
    coco, _ = written("COCO")
    file = coco / "annotations" / "instances.json"
    content = json.loads(file.read_text())
    triangle = {"id": 99, "image_id": 2, "category_id": 10, "segmentation": [[16, 16, 48, 16, 16, 48]]}
    file.write_text(json.dumps(content | {"annotations": [*content["annotations"], triangle]}))

    datasets = read(yolo, "vehicle", **meanings), read(coco, "vehicle")

    drawn = []
    for dataset in datasets:
        (mark,) = next(each for each in dataset.photos if each.name.endswith("night.png")).marks_in_pixels(64, 64)
        assert mark.box == (16, 16, 48, 48)
        drawn.append(mark.pixels((16, 16, 48, 48)))
    assert (drawn[0] == drawn[1]).all()
    assert drawn[0].mean() == pytest.approx(0.5, abs=0.05)
    assert drawn[0][0, 0]
    assert not drawn[0][-1, -1]


def test_a_run_length_mask_of_coco_is_measured_by_its_box(written, read):
    root, _ = written("COCO")
    file = root / "annotations" / "instances.json"
    content = json.loads(file.read_text())
    for entry in content["annotations"]:
        entry["segmentation"] = {"counts": [3, 4], "size": [100, 200]}
    file.write_text(json.dumps(content))

    photos = read(root, "vehicle").photos

    assert [mark.polygons for photo in photos for mark in photo.marks] == [()]


def test_an_outline_thinner_than_a_pixel_still_has_pixels():
    line = np.array([[2.2, 2.2], [7.9, 2.2], [2.2, 2.21]], np.float32)

    mark = Mark("vehicle", (2.2, 2.2, 7.9, 2.21), "", (line,))

    assert mark.pixels(mark.window(10, 10)).any()


def test_the_files_of_one_kind_must_be_one(written, read):
    root, _ = written("COCO")
    (root / "annotations" / "captions.json").write_text("{}")

    with pytest.raises(DatasetError, match=r"annotations/captions.json, annotations/instances.json\); name the one"):
        read(root, "vehicle")

    assert read(root / "annotations" / "instances.json", "vehicle").photos


def test_pictures_and_labels_can_lie_anywhere(written, read, tmp_path):
    root, meanings = written("YOLO")
    (root / "labels").rename(tmp_path / "elsewhere")

    with pytest.raises(DatasetError, match="no picture has a label file"):
        read(root, "vehicle", **meanings)
    dataset = read(root, "vehicle", images=root / "images" / "day", labels=tmp_path / "elsewhere" / "day", **meanings)

    assert [(photo.name, len(photo.marks)) for photo in dataset.photos] == [("one.png", 1), ("two.png", 1)]


def test_photos_without_labels_count_as_showing_nothing_and_are_told(written, read):
    root, meanings = written("YOLO")
    (root / "labels" / "night.txt").unlink()

    dataset = read(root, "vehicle", **meanings)

    assert (len(dataset.photos), dataset.unmarked) == (3, 1)


def test_boxes_of_poses_are_read_without_their_points(written, read):
    root, meanings = written("YOLO")
    content = json.loads((root / "data.yaml").read_text())
    (root / "data.yaml").write_text(json.dumps(content | {"kpt_shape": [1, 3]}))
    (root / "labels" / "night.txt").write_text("1 0.5 0.5 0.5 0.5 0.4 0.4 2")

    photo = next(each for each in read(root, "person", **meanings).photos if "night" in each.name)

    assert photo.marks_in_pixels(64, 64)[0].box == (16, 16, 48, 48)


@pytest.mark.parametrize("name", ["classes.txt", "obj.names"])
def test_names_may_stand_one_on_a_line(written, read, name):
    root, meanings = written("YOLO")
    names = json.loads((root / "data.yaml").read_text())["names"]
    (root / "data.yaml").unlink()
    (root / name).write_text("\n".join(names))

    assert sum(len(photo.marks) for photo in read(root, "vehicle", **meanings).photos) == 2

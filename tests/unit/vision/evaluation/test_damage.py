"""Datasets are not trusted, and nothing that is wrong with one goes unsaid."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.parsing import to_numbers
from veil_vision.evaluation.xml_tree import parse_xml

BILLION_LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<annotation><filename>&b;</filename></annotation>"""
OTHER_FILE = (
    """<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>"""
)


def problems(dataset):
    return [f"{each.place}: {each.reason}" for each in dataset.problems]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 0.2", "4 values are neither"),
        ("0 0.5 0.5 0.2 0.2 0.9", "6 values are neither"),
        ("0 0.5 0.5 0.2 nan", "lies nowhere"),
        ("0 0.5 0.5 0.2 1e99", "lies nowhere"),
        ("0 0.5 x 0.2 0.2", "not a number"),
        ("17 0.5 0.5 0.2 0.2", "no class has the number 17"),
        ("0.5 0.5 0.5 0.2 0.2", "no class has the number 0.5"),
        ("car 0.5 0.5 0.2 0.2", "not a number"),
    ],
)
def test_a_damaged_line_of_yolo_leaves_the_photo_out_and_names_the_line(line, said, written, read):
    root, meanings = written("YOLO")
    (root / "labels" / "night.txt").write_text(f"0 0.5 0.5 0.1 0.1\n{line}\n")

    dataset = read(root, "vehicle", **meanings)

    (problem,) = problems(dataset)
    assert problem.startswith("labels/night.txt, line 2: ")
    assert said in problem
    assert len(dataset.photos) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bbox": [1, 2, 3]}, "four numbers"),
        ({"bbox": None}, "four numbers"),
        ({"bbox": ["a", 1, 1, 1]}, "not a number"),
        ({"bbox": [True, 1, 1, 1]}, "not a number"),
        ({"bbox": [10**400, 1, 1, 1]}, "not a number"),
        ({"category_id": 4711}, "no category has the id 4711"),
        ({"category_id": [1]}, "no usable `category_id`"),
        ({"segmentation": [[1, 2, 3, 4]]}, "three points"),
        ({"segmentation": [[1, 2, 3, 4, 5, "x"]]}, "not a number"),
        ({"image_id": 99}, "no image has the id 99"),
    ],
)
def test_a_damaged_annotation_of_coco_leaves_the_photo_out_and_names_the_entry(change, said, written, read):
    root, _ = written("COCO")
    file = root / "annotations" / "instances.json"
    content = json.loads(file.read_text())
    content["annotations"][0] |= change
    file.write_text(json.dumps(content))

    (problem,) = problems(read(root, "vehicle"))

    assert problem.startswith("instances.json, annotation 0: ")
    assert said in problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{\n\n!", r"instances.json, line 3: not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "lacks one of the lists"),
        ('{"images": [1], "annotations": [], "categories": []}', "entry of `images` is not an object"),
        ('{"images": [], "annotations": [], "categories": [{"name": "car"}]}', "no usable `id`"),
    ],
)
def test_a_file_that_is_not_coco_is_refused(content, said, written, read):
    root, _ = written("COCO")
    (root / "annotations" / "instances.json").write_text(content)

    with pytest.raises(DatasetError, match=said):
        read(root, "vehicle")


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (BILLION_LAUGHS, "night.xml, line 2: document types are not read"),
        (OTHER_FILE, "night.xml, line 1: document types are not read"),
        ("<annotation>\n<filename>", "night.xml, line 2: not XML: no element found"),
        ("<a>" * 100, "night.xml, line 1: nested too deeply"),
        ("", "not XML"),
        ("<annotation/>", "names no picture"),
        ("<annotation><filename>gone.jpg</filename></annotation>", "no picture 'gone.jpg'"),
        (
            "<annotation><filename>night.png</filename>\n<object><name>car</name></object></annotation>",
            "night.xml, line 2: a coordinate is not a number",
        ),
        ("<annotation><filename>night.png</filename><object/></annotation>", "an object without a name"),
        (
            "<annotation><filename>night.png</filename><size><width>x</width></size></annotation>",
            "a coordinate is not a number",
        ),
    ],
)
def test_damaged_or_malicious_xml_leaves_the_photo_out(xml, said, written, read):
    root, _ = written("Pascal VOC")
    (root / "Annotations" / "night.xml").write_text(xml)

    (problem,) = problems(read(root, "vehicle"))

    assert said in problem


@pytest.mark.parametrize("name", ["../../secret.png", "/etc/passwd", "..\\..\\secret.png", "day/../../secret.png"])
def test_no_name_leads_out_of_the_folder(name, written, read, tmp_path):
    root, meanings = written("table")
    (tmp_path / "secret.png").write_bytes(b"secret")
    with (root / "boxes.csv").open("a") as file:
        file.write(f"{name},1,1,2,2,car\n")

    (problem,) = problems(read(root, "vehicle", **meanings))

    assert "boxes.csv, line" in problem
    assert "not named relative to the dataset's folder" in problem


def test_no_link_leads_out_of_the_folder(kind, written, read, tmp_path):
    root, meanings = written(kind)
    outside = tmp_path / "outside.png"
    picture = next(root.rglob("night.png"))
    picture.rename(outside)
    picture.symlink_to(outside)

    dataset = read(root, "vehicle", **meanings)

    assert any("link that leads out" in problem for problem in problems(dataset))
    assert not any("night" in photo.name for photo in dataset.photos)


def test_no_linked_label_is_read_from_elsewhere(written, read, tmp_path):
    root, meanings = written("YOLO")
    (tmp_path / "passwords.txt").write_text("hunter2")
    (root / "labels" / "night.txt").unlink()
    (root / "labels" / "night.txt").symlink_to(tmp_path / "passwords.txt")

    (problem,) = problems(read(root, "vehicle", **meanings))

    assert "link that leads out" in problem
    assert "hunter2" not in problem


def test_labels_without_a_picture_are_listed(written, read):
    root, meanings = written("YOLO")
    (root / "labels" / "lost.txt").write_text("0 0.5 0.5 0.1 0.1")
    (root / "labels" / "classes.txt").write_text("car")

    dataset = read(root / "data.yaml", "vehicle", **meanings)

    assert problems(dataset) == ["labels/lost.txt: labels without a picture"]


def test_two_pictures_of_one_name_are_not_guessed_between(written, read):
    root, _ = written("Pascal VOC")
    (root / "JPEGImages" / "copy").mkdir()
    (root / "JPEGImages" / "copy" / "night.png").write_bytes((root / "JPEGImages" / "night.png").read_bytes())

    (problem,) = problems(read(root, "vehicle"))

    assert problem.startswith("Annotations/night.xml: several pictures are called 'night.png'")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("names: [car", "data.yaml, line"),
        ("nothing: here", "`names` is neither"),
        ("names: {a: car}", "something else than numbers"),
        ("- just\n- a list", "`names` is neither"),
        ("&a [*a]", "`names` is neither"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_names_that_cannot_be_understood_are_refused(content, said, written, read):
    root, _ = written("YOLO")
    (root / "data.yaml").write_text(content)

    with pytest.raises(DatasetError, match=said):
        read(root, "vehicle")


def test_what_is_not_there_is_said(read, tmp_path, written):
    root, meanings = written("table")

    with pytest.raises(DatasetError, match="no such file or folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="no annotations that are known"):
        read(root / "day")
    (root / "empty").mkdir()
    with pytest.raises(DatasetError, match="there are no pictures"):
        read(root, "vehicle", images=root / "empty", **meanings)
    with pytest.raises(DatasetError, match="no such folder"):
        read(root, "vehicle", images=root / "nowhere", **meanings)


@pytest.mark.parametrize(
    ("content", "said"),
    [("file,x1\n", "no column x2, y1, y2"), ("", "no column"), ("file,x1,y1,x2,y2\na,1\n", "")],
)
def test_a_table_that_lacks_columns_is_refused(content, said, written, read):
    root, _ = written("table")
    (root / "boxes.csv").write_text(content)

    if said:
        with pytest.raises(DatasetError, match=said):
            read(root, "vehicle")
    else:
        assert "no picture 'a'" in problems(read(root, "vehicle"))[0]


@given(st.binary(max_size=300))
def test_whatever_bytes_are_called_xml_they_are_read_or_refused(data):
    with suppress(DatasetError):
        parse_xml(data, "file.xml")


@given(st.lists(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.lists(st.none()))))
def test_coordinates_are_finite_numbers_or_refused(values):
    with suppress(DatasetError):
        assert all(abs(number) <= 1e7 for number in to_numbers(values, "here"))

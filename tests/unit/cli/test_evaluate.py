"""`veil evaluate` on a few real photos and on what it cannot use."""

import csv
import json
from html.parser import HTMLParser

import pytest
from PIL import Image

ROWS = 4


@pytest.fixture
def street(tmp_path, shared_media, plate_detector):
    """A folder with four dash-camera photos and the plates that people marked in them."""
    with (shared_media / "plates" / "boxes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:ROWS]
    folder = tmp_path / "street"
    folder.mkdir()
    with (folder / "boxes.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    for row in rows:
        (folder / row["file"]).parent.mkdir(exist_ok=True)
        (folder / row["file"]).write_bytes((shared_media / "plates" / row["file"]).read_bytes())
    return folder


def test_a_street_is_measured_shown_and_written_down(street, veil, tmp_path):
    answer = veil(
        *("evaluate", "street", "--classes", "license_plate", "--profile", "fast", "--bins", "license_plate=15,30"),
        *("--json", "figures.json", "--report", "mistakes"),
    )

    assert (answer.code, answer.err) == (0, "Models run on cpu.\n")
    lines = [line.split() for line in answer.out.splitlines()]
    assert ["size", "marked", "covered", "matched", "false", "per", "photo"] in lines
    assert [line[:2] for line in lines if line[:1] == ["license_plate"]] == [["license_plate", str(ROWS)]]
    assert max(len(line) for line in answer.out.splitlines() if "px" in line) <= 80
    figures = json.loads((tmp_path / "figures.json").read_text())
    plates = figures["classes"]["license_plate"]
    assert (figures["photos"], figures["profile"], figures["left_out"]) == (ROWS, "fast", [])
    assert [(each["from_pixels"], each["below_pixels"]) for each in plates["sizes"]] == [(0, 15), (15, 30), (30, None)]
    assert sum(each["marked"] for each in plates["sizes"]) == plates["all"]["marked"] == ROWS
    mistakes = ROWS - plates["all"]["covered"]["count"] + plates["all"]["false"]["count"]
    assert len(list((tmp_path / "mistakes" / "pictures").iterdir())) == mistakes
    assert (tmp_path / "mistakes" / "index.html").stat().st_mode & 0o777 == 0o600
    page = HTMLParser()
    page.feed((tmp_path / "mistakes" / "index.html").read_text())


@pytest.mark.parametrize(
    ("line", "models"),
    [
        ("0 0.5 0.5 0.2 0.2", ["nanodet-plus"]),
        ("0 0.4 0.4 0.6 0.4 0.5 0.6", ["nanodet-plus", "deeplab-pascal"]),
    ],
    ids=["a box", "an outline"],
)
def test_marked_boxes_are_compared_with_boxes_and_outlines_with_outlines(line, models, veil, tmp_path):
    Image.new("RGB", (64, 64)).save(tmp_path / "1.jpg")
    (tmp_path / "1.txt").write_text(line)
    (tmp_path / "classes.txt").write_text("person")

    answer = veil("evaluate", ".", "--classes", "person", "--allow-missing-models", "--json", "figures.json")

    assert (answer.code, json.loads((tmp_path / "figures.json").read_text())["models"]) == (0, models)


def test_a_damaged_photo_is_told_and_the_exit_code_is_1(street, veil):
    (street / "train" / "0001.jpg").write_bytes(b"\xff\xd8\xff")

    answer = veil("evaluate", "street/boxes.csv", "--classes", "license_plate")

    assert answer.code == 1
    assert "Left out: 1" in answer.out
    assert "train/0001.jpg: " in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no such file or folder"),
        (["street", "--classes", "license_plate", "--map", "plate"], "is not NAME=MEANING"),
        (["street", "--classes", "license_plate", "--map", "plate=boat"], "one of face, license_plate"),
        (["street", "--classes", "license_plate", "--map", "boat=face"], "no class is called boat here"),
        (["street", "--classes", "license_plate", "--bins", "license_plate=9,3"], "rising edges"),
        (["street", "--classes", "license_plate", "--bins", "boat=3"], "rising edges"),
        (["street", "--classes", "license_plate", "--bins", "face=x"], "is not CLASS=EDGES"),
        (["street", "--classes", "license_plate", "--bins", "face=8,nan"], "rising edges"),
        (["street", "--classes", "boat"], "Unknown class: boat"),
        (["street", "--classes", "license_plate,face"], "no name stands for"),
        (["street", "--classes", "license_plate", "--report", "street"], "not empty"),
        (["street", "--classes", "license_plate", "--json", "nowhere/figures.json"], "There is no folder nowhere"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(arguments, said, street, veil):
    answer = veil("evaluate", *arguments)

    assert answer.code == 2
    assert answer.err.splitlines()[-1].startswith("error: ")
    assert said in answer.err


def test_a_default_model_that_is_not_installed_is_no_reason_to_measure_another(veil):
    answer = veil("evaluate", ".", "--models", "typo")

    assert answer.code == 2
    assert "veil models pull --models typo" in answer.err

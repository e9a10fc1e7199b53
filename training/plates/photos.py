"""The photos learned from and those kept back, split by video so that no car stands in both."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from scenes import Boxes, Photo

SEEN = Path(__file__).with_name("seen.json")
"""What people saw in the photos to learn from and the set does not mark: plates, and what may be one (boxes xyxy)."""
CARS = Path(__file__).with_name("cars.json")
"""Photos of cars of many countries: plates and what may be one in those to learn from; plates in those kept back."""
OPEN_IMAGES = Path(__file__).with_name("open_images.json")
"""What people saw in the photos of Open Images and that set does not mark, by the photo's number there.

In both, `kept_back_unsure` has plates of the photos kept back that nobody marked, and marks of which nothing can be
read: blanked, blurred, dark, or no plate at all.
"""
# The photos of cars are fewer than the others, and show more.
OFTEN = 2
# Places whose edges differ by less, in pixels, are one.
SAME = 1.0


def kept_back(name: str) -> bool:
    """Return whether a photo of the plate set is for measuring only.

    The set's files have lost the names of their videos. By what they show, 0318 to 0426 and 0495 to 0533
    are two rides, one by day and one by night, that share no street and no car with the others.
    """
    number = int(Path(name).stem)
    return 318 <= number <= 426 or number >= 495


def marked(folder: Path) -> dict[str, Boxes]:
    """Return the boxes xyxy that people marked, by file name below the folder."""
    rows = defaultdict(list)
    with (folder / "boxes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["file"]].append([float(row[key]) for key in ("x1", "y1", "x2", "y2")])
    names = sorted(str(path.relative_to(folder)) for path in folder.glob("*/*.jpg"))
    return {name: np.array(rows[name], np.float32).reshape(-1, 4) for name in names}


def to_learn_from(media: Path, cars: Path, open_images: Path) -> list[Photo]:
    """Return the photos to learn from: of one city, frames of two clips without plates, and of many countries."""
    return [
        *one_city_to_learn_from(media),
        *without_plates(media),
        *OFTEN * list(cars_to_learn_from(cars)),
        *open_images_to_learn_from(open_images),
    ]


def one_city_to_learn_from(media: Path) -> Iterator[Photo]:
    """Yield the photos of the one city."""
    seen = _boxes_of(SEEN)
    for name, boxes in marked(media / "plates").items():
        if not kept_back(name):
            yield Photo((media / "plates" / name).read_bytes(), *_sure(boxes, seen, name), name)


def without_plates(media: Path) -> Iterator[Photo]:
    """Yield frames of two clips."""
    none = np.zeros((0, 4), np.float32)
    for clip, count in (("intel_person.mp4", 25), ("egoblur_test_face_video.mp4", 35)):
        for number, frame in enumerate(_frames(media / "clips" / clip, count)):
            yield Photo(frame, none, none, f"{clip} {number}")


def cars_to_learn_from(cars: Path) -> Iterator[Photo]:
    """Yield the photos of cars of many countries."""
    seen, none = _boxes_of(CARS), np.zeros((0, 4), np.float32)
    for name in seen["plates"]:
        yield Photo((cars / name).read_bytes(), *_sure(none, seen, name), name)


def open_images_to_learn_from(folder: Path) -> Iterator[Photo]:
    """Yield the photos of Open Images."""
    seen = _boxes_of(OPEN_IMAGES)
    for name, boxes in _marked_in(folder / "train").items():
        known = Path(name).name.split("_")[0]
        yield Photo((folder / "train" / name).read_bytes(), *_sure(boxes, seen, known), name)


def _sure(marks: Boxes, seen: dict[str, dict[str, Boxes]], name: str) -> tuple[Boxes, Boxes]:
    """Return a photo's plates and unsure places: marks that people found to be unsure are no plates to learn."""
    none = np.zeros((0, 4), np.float32)
    plates, unsure = np.concatenate([marks, seen["plates"].get(name, none)]), seen["unsure"].get(name, none)
    doubted = (np.abs(plates[:, None] - unsure[None]).max(axis=2, initial=0) < SAME).any(axis=1)
    return plates[~doubted], unsure


def _marked_in(folder: Path) -> dict[str, Boxes]:
    """Return the boxes xyxy that people marked in Open Images' photos, by file name in a part of the set."""
    part = json.loads((folder / "_annotations.coco.json").read_text(encoding="utf-8"))
    rows = defaultdict(list)
    for mark in part["annotations"]:
        x, y, width, height = mark["bbox"]
        rows[mark["image_id"]].append([x, y, x + width, y + height])
    return {each["file_name"]: np.array(rows[each["id"]], np.float32).reshape(-1, 4) for each in part["images"]}


def cars_kept_back(cars: Path) -> Iterator[Photo]:
    """Yield the photos of cars that are for measuring only."""
    learned, none = _boxes_of(CARS), np.zeros((0, 4), np.float32)
    for name, boxes in learned["kept_back"].items():
        yield Photo((cars / name).read_bytes(), boxes, learned["kept_back_unsure"].get(name, none), name)


def open_images_kept_back(folder: Path) -> Iterator[Photo]:
    """Yield the photos of Open Images that are for measuring only."""
    unsure, none = _boxes_of(OPEN_IMAGES)["kept_back_unsure"], np.zeros((0, 4), np.float32)
    for name, boxes in _marked_in(folder / "valid").items():
        known = Path(name).name.split("_")[0]
        yield Photo((folder / "valid" / name).read_bytes(), boxes, unsure.get(known, none), name)


def _boxes_of(file: Path) -> dict[str, dict[str, Boxes]]:
    kinds = json.loads(file.read_text(encoding="utf-8"))
    return {
        kind: {name: np.array(boxes, np.float32) for name, boxes in by_name.items()} for kind, by_name in kinds.items()
    }


def _frames(path: Path, count: int) -> Iterator[bytes]:
    video = cv2.VideoCapture(str(path))
    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    for number in range(total):
        taken, frame = video.read()
        if taken and number % max(1, total // count) == 0:
            scale = min(1.0, 1280 / max(frame.shape[:2]))
            frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield cv2.imencode(".png", frame)[1].tobytes()
    video.release()

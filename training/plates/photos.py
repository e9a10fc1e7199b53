"""The photos learned from and those kept back, split by video so that no car stands in both."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scenes import Boxes, Photo

SEEN = Path(__file__).with_name("seen.json")
"""What people saw in the photos to learn from and the set does not mark: plates, and what may be one (boxes xyxy)."""


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


def to_learn_from(media: Path) -> list[Photo]:
    """Return the photos to learn from: those of the plate set, and frames of two clips without plates."""
    seen = {kind: _boxes(by_name) for kind, by_name in json.loads(SEEN.read_text(encoding="utf-8")).items()}
    none = np.zeros((0, 4), np.float32)
    photos = [
        Photo(
            _read(media / "plates" / name),
            np.concatenate([boxes, seen["plates"].get(name, none)]),
            seen["unsure"].get(name, none),
        )
        for name, boxes in marked(media / "plates").items()
        if not kept_back(name)
    ]
    for clip, count in (("intel_person.mp4", 25), ("egoblur_test_face_video.mp4", 35)):
        photos += [Photo(pixels, none, none) for pixels in _frames(media / "clips" / clip, count)]
    return photos


def _boxes(by_name: dict[str, list[list[float]]]) -> dict[str, Boxes]:
    return {name: np.array(boxes, np.float32) for name, boxes in by_name.items()}


def _read(path: Path) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(path))
    if pixels is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(pixels[:, :, ::-1], np.uint8)


def _frames(path: Path, count: int) -> Iterator[NDArray[np.uint8]]:
    video = cv2.VideoCapture(str(path))
    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    for number in range(total):
        taken, frame = video.read()
        if taken and number % max(1, total // count) == 0:
            scale = min(1.0, 1280 / max(frame.shape[:2]))
            frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield np.ascontiguousarray(frame[:, :, ::-1], np.uint8)
    video.release()

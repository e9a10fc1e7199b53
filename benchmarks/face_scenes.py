"""Pictures whose faces are known: photos as they are, and the same faces turned, cut, enlarged and made small.

`faces.csv` lists the photos beside the checkout and what two kinds of detector found in them at low thresholds,
upright, turned and enlarged: 511 crops, each looked at and judged a face, unclear, or none and left out. A face that
neither saw at any threshold is not in it.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Boxes, intersection, unturned

Pixels = NDArray[np.uint8]

MEDIA = Path(__file__).parents[2] / "shared" / "media"
MARKS = Path(__file__).with_name("faces.csv")
AS_THEY_ARE = "as they are"
SMALL = (8, 12, 16, 20)
# Faces at least this high may be cut, and made small; those from the second height on may fill a picture.
CUT_FROM, HUGE_FROM = 40, 80
FILLED_SIDE = 1280
SCENE_WIDTH = 1600
FACES_PER_SCENE = 6


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture with known faces.

    Attributes:
        condition: What is special about it.
        faces: Boxes that must be found.
        unclear: Boxes of which nobody can say.
        sides: Whether each face looks aside.
    """

    condition: str
    pixels: Pixels
    faces: Boxes
    unclear: Boxes
    sides: NDArray[np.bool_]


def photos() -> Iterator[Scene]:
    """Yield every photo as it is."""
    for name, rows in _marks().items():
        yield _photo(MEDIA / name, rows)


def changed_photos() -> Iterator[Scene]:
    """Yield photos with faces, changed in one way each."""
    with_faces = [photo for photo in photos() if len(photo.faces)]
    yield from (_mirrored(photo) for photo in with_faces)
    for quarters in (1, 2, 3):
        yield from (_turned(photo, quarters) for photo in with_faces)
    for share in (0.25, 0.5):
        yield from _each_face(with_faces, CUT_FROM, partial(_cut, share=share))
    yield from _each_face(with_faces, HUGE_FROM, _filling)


def small_faces(repeats: int = 3) -> Iterator[Scene]:
    """Yield photos without faces into which small ones were set."""
    everything = list(photos())
    empty = [photo.pixels for photo in everything if not len(photo.faces) and not len(photo.unclear)]
    heads = [_head(photo, box) for photo in everything for box in photo.faces if box[3] - box[1] >= CUT_FROM]
    chance, grounds = np.random.default_rng(7), cycle(empty)
    for height in SMALL:
        for first in range(0, repeats * len(heads), FACES_PER_SCENE):
            some = (heads * repeats)[first : first + FACES_PER_SCENE]
            yield _set_into(next(grounds), some, height, chance)


@cache
def _marks() -> dict[str, list[dict[str, str]]]:
    by_file: dict[str, list[dict[str, str]]] = {}
    with MARKS.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            by_file.setdefault(row["file"], []).append(row)
    return by_file


def _photo(place: Path, rows: Sequence[dict[str, str]]) -> Scene:
    pixels = np.asarray(cv2.imread(str(place)), np.uint8)[:, :, ::-1].copy()
    faces, unclear = ([row for row in rows if row["class"] == name] for name in ("face", "unclear"))
    sides = np.array([row["view"] == "side" for row in faces], np.bool_)
    return Scene(AS_THEY_ARE, pixels, _boxes(faces), _boxes(unclear), sides)


def _boxes(rows: Sequence[dict[str, str]]) -> Boxes:
    return np.array([[float(row[side]) for side in ("x1", "y1", "x2", "y2")] for row in rows], np.float32).reshape(
        -1, 4
    )


def _mirrored(photo: Scene) -> Scene:
    width = photo.pixels.shape[1]
    faces, unclear = (
        _ordered([width, 0] + boxes.reshape(-1, 2, 2) * [-1, 1]) for boxes in (photo.faces, photo.unclear)
    )
    return Scene("mirrored", np.ascontiguousarray(photo.pixels[:, ::-1]), faces, unclear, photo.sides)


def _turned(photo: Scene, quarters: int) -> Scene:
    height, width = photo.pixels.shape[:2]
    # Three more quarters undo one, so the way back of those is the way there of this one.
    size = {"width": width, "height": height} if quarters % 2 == 0 else {"width": height, "height": width}
    faces, unclear = (unturned(boxes, -quarters, **size) for boxes in (photo.faces, photo.unclear))
    pixels = np.ascontiguousarray(np.rot90(photo.pixels, quarters))
    return Scene(f"turned by {90 * quarters}°", pixels, faces, unclear, photo.sides)


def _ordered(corners: NDArray[np.float32] | NDArray[np.float64]) -> Boxes:
    """Return boxes around pairs of corners (n, 2, 2)."""
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).astype(np.float32)


def _each_face(scenes: Sequence[Scene], least_height: float, change: Callable[[Scene, int], Scene]) -> Iterator[Scene]:
    for photo in scenes:
        for index in np.flatnonzero(photo.faces[:, 3] - photo.faces[:, 1] >= least_height):
            yield change(photo, int(index))


def _cut(photo: Scene, index: int, *, share: float) -> Scene:
    """Return the photo without what lies beyond a line through the face: left, top, right or bottom of it."""
    x1, y1, x2, y2 = photo.faces[index].tolist()
    height, width = photo.pixels.shape[:2]
    window = [0, 0, width, height]
    side = index % 4
    window[side] = round(
        (x1 + share * (x2 - x1), y1 + share * (y2 - y1), x2 - share * (x2 - x1), y2 - share * (y2 - y1))[side]
    )
    return _window(photo, index, window, f"cut by {share:.0%}")


def _filling(photo: Scene, index: int) -> Scene:
    """Return the face alone, enlarged."""
    height, width = photo.pixels.shape[:2]
    x1, y1, x2, y2 = np.round(photo.faces[index]).clip(0, [width, height] * 2).astype(int).tolist()
    scene = _window(photo, index, [x1, y1, x2, y2], "filling the picture")
    scale = FILLED_SIDE / max(x2 - x1, y2 - y1)
    pixels = cv2.resize(scene.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return Scene(scene.condition, np.asarray(pixels, np.uint8), scene.faces * scale, scene.unclear * scale, scene.sides)


def _window(photo: Scene, index: int, window: list[int], condition: str) -> Scene:
    """Return a window of the photo with the one face that counts in it; the others are nobody's concern."""
    left, top, right, bottom = window
    limit = np.array([right - left, bottom - top] * 2, np.float32)
    everything = np.concatenate([photo.faces, photo.unclear]) - np.array([left, top, left, top], np.float32)
    shown = everything.clip(0, limit)
    others = np.delete(shown, index, axis=0)
    one = np.array([index])
    return Scene(condition, photo.pixels[top:bottom, left:right].copy(), shown[one], others, photo.sides[one])


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A face with what is around it.

    Attributes:
        box: The face within the pixels.
    """

    pixels: Pixels
    box: NDArray[np.float32]
    side: bool


def _head(photo: Scene, box: NDArray[np.float32]) -> Head:
    height, width = photo.pixels.shape[:2]
    around = 0.6 * (box[2:] - box[:2])
    low = np.floor(box[:2] - around).clip(0).astype(int)
    high = np.ceil(box[2:] + around).clip(0, [width, height]).astype(int)
    index = int(np.flatnonzero((photo.faces == box).all(axis=1))[0])
    return Head(
        photo.pixels[low[1] : high[1], low[0] : high[0]],
        box - np.tile(low, 2).astype(np.float32),
        bool(photo.sides[index]),
    )


def _set_into(ground: Pixels, heads: Sequence[Head], height: int, chance: np.random.Generator) -> Scene:
    """Return the photo at the scenes' width, with the heads at places where no other is."""
    scale = SCENE_WIDTH / ground.shape[1]
    pixels = np.asarray(cv2.resize(ground, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    boxes: list[NDArray[np.float32]] = []
    for head in heads:
        shrink = height / float(head.box[3] - head.box[1])
        small = cv2.resize(head.pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        x, y = _free_place(pixels.shape, small.shape, boxes, chance)
        _blend(pixels[y : y + small.shape[0], x : x + small.shape[1]], np.asarray(small, np.uint8))
        boxes.append(head.box * shrink + np.array([x, y, x, y], np.float32))
    sides = np.array([head.side for head in heads], np.bool_)
    return Scene(f"{height} px", pixels, np.array(boxes, np.float32), np.empty((0, 4), np.float32), sides)


def _free_place(
    ground: tuple[int, ...], head: tuple[int, ...], taken: Sequence[NDArray[np.float32]], chance: np.random.Generator
) -> tuple[int, int]:
    while True:
        x, y = int(chance.integers(0, ground[1] - head[1])), int(chance.integers(0, ground[0] - head[0]))
        reach = 100
        near = np.array([[x - reach, y - reach, x + head[1] + reach, y + head[0] + reach]], np.float32)
        if not taken or not intersection(near, np.array(taken)).any():
            return x, y


def _blend(ground: Pixels, head: Pixels) -> None:
    """Draw the head over the ground: whole in the middle, fading out towards the corners of its crop."""
    rows, columns = np.indices(head.shape[:2])
    height, width = head.shape[:2]
    distance = np.hypot((rows + 0.5) / height * 2 - 1, (columns + 0.5) / width * 2 - 1)[:, :, None]
    weight = ((1.0 - distance) / 0.2).clip(0, 1)
    ground[:] = np.round(weight * head + (1 - weight) * ground).astype(np.uint8)

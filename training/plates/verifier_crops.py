"""Crops for the verifier to learn from: around plates, around what the plate network suspects, and out of drawn scenes.

Stored crops are larger than what is learned from, so that they can be moved, turned and scaled; what lies beyond a
photo is grey, as in the product.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from learning import targets
from network import CROP
from numpy.typing import NDArray
from scenes import Boxes, Photo, some_swapped
from sheets import Texture

# Side of a stored crop, the longer side of the box in its middle, and the same in what is learned from.
STORED, LONG, OUT = 288, 96, 64
GREY = (127, 127, 127)
# Of a photo so many suspected places, the surer ones more often.
SUSPECTED = 8
# So often the plate in the middle gets two lines, which few photos show, if it is longer than so many times its height.
TWO_LINES, LONG_PLATE = 0.3, 2.6
# A plate of which less can be seen, or which is lower, is neither to be found nor to be passed over.
LEAST_SEEN, LEAST_HEIGHT = 0.4, 5
NONE = np.zeros((0, 4), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A part of a photo: uint8 (h, w, 3) RGB, and the plates and unsure places in it, xyxy."""

    pixels: Texture
    plates: Boxes
    unsure: Boxes

    @classmethod
    def around(cls, photo: Photo, pixels: Texture, box: NDArray[np.float32]) -> "Crop":
        """Return the stored crop with the box in its middle."""
        scale = LONG / max(box[2] - box[0], box[3] - box[1], 2)
        shift = STORED / 2 - (box[:2] + box[2:]) / 2 * scale
        small = cv2.blur(pixels, (round(1 / scale),) * 2) if scale < 0.6 else pixels
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        seen = cv2.warpAffine(small, matrix, (STORED, STORED), borderValue=GREY)
        plates, unsure = (each.reshape(-1, 4) * scale + np.tile(shift, 2) for each in (photo.plates, photo.unsure))
        return cls(seen, _within(plates), _within(unsure))

    def with_two_lines(self, rng: random.Random) -> "Crop":
        """Return a stored crop whose middle plate is cut near its half and stacked, if it is long and lies inside."""
        centre = STORED / 2
        over = ((self.plates[:, :2] <= centre) & (self.plates[:, 2:] >= centre)).all(axis=1)
        if not over.any():
            return self
        number = int(over.argmax())
        left, top, right, bottom = np.rint(self.plates[number]).astype(int).tolist()
        width, height = right - left, bottom - top
        beside = left < 2 or right > STORED - 2 or top < height or bottom + height > STORED - 1
        if beside or height < LEAST_HEIGHT or width < LONG_PLATE * height:
            return self
        cut = left + round(width * rng.uniform(0.4, 0.6))
        lines = [self.pixels[top:bottom, left:cut], self.pixels[top:bottom, cut:right]]
        longer = max(cut - left, right - cut)
        plate = np.vstack([cv2.resize(line, (longer, height)) for line in lines])
        pixels, plates, rim = self.pixels.copy(), self.plates.copy(), max(2, height // 6)
        # Where the plate was, what lies above it passes into what lies below.
        above, below = (
            pixels[rows, left - 2 : right + 2].mean(axis=0)
            for rows in (slice(top - rim, top), slice(bottom, bottom + rim))
        )
        share = np.linspace(0, 1, height + 2)[:, None, None]
        pixels[top - 1 : bottom + 1, left - 2 : right + 2] = above * (1 - share) + below * share
        x, y = (left + right) // 2 - longer // 2, (top + bottom) // 2 - height
        pixels[y : y + 2 * height, x : x + longer] = plate
        plates[number] = x, y, x + longer, y + 2 * height
        return Crop(pixels, plates, self.unsure)

    def middle(self) -> Texture:
        """Return what the product would see of the box that a stored crop was made around."""
        matrix = np.array([[OUT / LONG, 0, 0], [0, OUT / LONG, 0]])
        matrix[:, 2] = CROP / 2 - matrix[:, :2] @ np.full(2, STORED / 2)
        return np.asarray(cv2.warpAffine(self.pixels, matrix, (CROP, CROP), borderValue=GREY), np.uint8)

    def shows_plate(self) -> bool:
        """Return whether a plate of a stored crop reaches over its middle."""
        centre = STORED / 2
        return bool(((self.plates[:, :2] <= centre) & (self.plates[:, 2:] >= centre)).all(axis=1).any())


def _within(boxes: Boxes) -> Boxes:
    inside = (boxes[:, 2:] > 0).all(axis=1) & (boxes[:, :2] < STORED).all(axis=1)
    return boxes[inside].astype(np.float32)


def crops_of(photo: Photo, suspects: Mapping[str, Mapping[str, list]], rng: np.random.Generator) -> tuple[list, list]:
    """Return the crops around the plates of a photo, and those around what is suspected in it or else anywhere."""
    pixels, seen = photo.pixels(), suspects.get(photo.name)
    if not (seen and seen["scores"]):
        side = np.exp(rng.uniform(np.log(20), np.log(pixels.shape[1] / 2)))
        x, y = rng.uniform(0, pixels.shape[1] - side), rng.uniform(0, max(1, pixels.shape[0] - side / 3))
        places = np.array([[x, y, x + side, y + side / 3]])
    else:
        scores = np.array(seen["scores"])
        chosen = rng.choice(len(scores), min(len(scores), SUSPECTED), replace=False, p=scores / scores.sum())
        places = np.array(seen["boxes"])[chosen]
    return [Crop.around(photo, pixels, box) for box in photo.plates], [
        Crop.around(photo, pixels, box) for box in places
    ]


class Sampler:
    """Draws what is learned from, with its targets."""

    def __init__(
        self, plates: Sequence[Crop], places: Sequence[Crop], scenes: Sequence[tuple[Texture, Boxes, Boxes]], seed: int
    ) -> None:
        self.plates, self.places, self.scenes = plates, places, scenes
        self.rng, self.noise = random.Random(seed), np.random.default_rng(seed)

    def sample(self) -> tuple[Texture, NDArray[np.float32]]:
        """Return a crop uint8 (CROP, CROP, 3) and its targets."""
        rng, kind, zoom = self.rng, self.rng.random(), np.exp(self.rng.uniform(-0.4, 0.4))
        degrees = rng.uniform(-50, 50) if rng.random() < 0.15 else rng.gauss(0, 3)
        middle = np.full(2, STORED / 2)
        if kind < 0.4:
            crop = rng.choice(self.plates)
            crop = crop.with_two_lines(rng) if rng.random() < TWO_LINES else crop
            crop = Crop(some_swapped(crop.pixels, crop.plates, rng), crop.plates, crop.unsure)
            placed = self._placed(crop, middle + self._moved(0.3) * LONG, OUT / LONG * zoom, degrees)
        elif kind < 0.78:
            degrees = degrees if rng.random() < 0.1 else rng.gauss(0, 3)
            placed = self._placed(
                rng.choice(self.places), middle + self._moved(0.15) * LONG, OUT / LONG * zoom, degrees
            )
        else:
            placed = self._of_scene(Crop(*rng.choice(self.scenes)), zoom)
        plates, unsure = _learnable(placed.plates, placed.unsure)
        return self._toned(placed.pixels), targets(plates, unsure, side=CROP)

    def _moved(self, most: float) -> NDArray[np.float64]:
        return np.array([self.rng.uniform(-most, most), self.rng.uniform(-most, most)])

    def _of_scene(self, scene: Crop, zoom: float) -> Crop:
        rng = self.rng
        if len(scene.plates) and rng.random() < 0.75:
            box = scene.plates[rng.randrange(len(scene.plates))]
            side = max(box[2] - box[0], box[3] - box[1])
            centre, scale = (box[:2] + box[2:]) / 2 + self._moved(0.3) * side, min(OUT / side * zoom, 6)
        else:
            centre = np.array([rng.uniform(20, 236), rng.uniform(20, 236)])
            scale = float(np.exp(rng.uniform(np.log(0.6), np.log(4))))
        return self._placed(scene, centre, scale, 0.0)

    def _placed(self, crop: Crop, centre: NDArray[np.float64], scale: float, degrees: float) -> Crop:
        """Return a crop of CROP around a centre, turned, scaled and mirrored every other time."""
        matrix = cv2.getRotationMatrix2D((0, 0), degrees, float(scale))
        if self.rng.random() < 0.5:
            matrix[:, 0] *= -1
        matrix[:, 2] = CROP / 2 - matrix[:, :2] @ centre
        pixels = cv2.warpAffine(crop.pixels, matrix, (CROP, CROP), borderValue=GREY)

        def moved(boxes: Boxes) -> Boxes:
            corners = boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]] @ matrix[:, :2].T + matrix[:, 2]
            return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).astype(np.float32)

        return Crop(pixels, moved(crop.plates), moved(crop.unsure))

    def _toned(self, pixels: Texture) -> Texture:
        rng, out = self.rng, pixels.astype(np.float32)
        if rng.random() < 0.3:
            share = rng.uniform(0.3, 0.8)
            small = cv2.resize(out, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
            out = cv2.resize(small, (CROP, CROP))
        if rng.random() < 0.2:
            out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.6))
        if rng.random() < 0.1:
            out = np.repeat(out.mean(axis=2, keepdims=True), 3, axis=2)
        if rng.random() < 0.7:
            gain = rng.uniform(0.7, 1.25) * (1 + self.noise.normal(0, 0.05, 3).astype(np.float32))
            out = 255 * (out / 255).clip(0, 1) ** np.exp(rng.uniform(-0.45, 0.45)) * gain + rng.uniform(-20, 20)
        if rng.random() < 0.3:
            out = out + self.noise.normal(0, rng.uniform(1, 9), out.shape).astype(np.float32)
        seen = out.clip(0, 255).astype(np.uint8)
        if rng.random() < 0.2:
            quality = [cv2.IMWRITE_JPEG_QUALITY, rng.randint(25, 85)]
            seen = np.asarray(cv2.imdecode(cv2.imencode(".jpg", seen, quality)[1], cv2.IMREAD_COLOR), np.uint8)
        return seen


def _learnable(plates: Boxes, unsure: Boxes) -> tuple[Boxes, Boxes]:
    """Return the plates cut to the crop without those of which too little shows, and the unsure places with these."""
    cut = plates.clip(0, CROP)
    sizes, seen = (plates[:, 2:] - plates[:, :2]).prod(axis=1), (cut[:, 2:] - cut[:, :2]).prod(axis=1)
    good = (seen >= LEAST_SEEN * sizes) & (cut[:, 3] - cut[:, 1] >= LEAST_HEIGHT)
    return cut[good], np.concatenate([unsure, cut[~good & (seen > 0)]]) if len(plates) else unsure

"""Training pictures: crops of dash-camera photos or drawn clutter, with plates and lettering put into them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from corners import level, turned
from light import blurred, lit, occlude, seen, toned
from numpy.typing import NDArray
from sheets import Texture
from textures import Maker

SIDE = 256
Boxes = NDArray[np.float32]
# How many of the plates put into scenes are cut out of photos, not drawn; as high as the least of them.
REAL, LEAST_CUT = 0.35, 22
# A plate lower than this, in pixels, is neither to be found nor to be passed over.
LEAST_HEIGHT = 3.5
# A plate of which less can be seen is neither to be found nor to be passed over.
LEAST_SEEN = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A background with the plates that people marked in it.

    Attributes:
        file: The photo as a JPEG or PNG file, since two thousand of them do not fit into memory otherwise.
        plates: float32 (n, 4), xyxy.
        unsure: float32 (n, 4), xyxy, places that may be plates; nothing is learned there.
        name: What the set calls it, where several photos are told apart by it.
    """

    file: bytes
    plates: Boxes
    unsure: Boxes
    name: str = ""

    def pixels(self) -> Texture:
        """Return the photo, uint8 (H, W, 3), RGB."""
        return np.ascontiguousarray(cv2.imdecode(np.frombuffer(self.file, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1])


@dataclass(slots=True)
class Scene:
    """A training picture being made: pixels (SIDE, SIDE, 3) float32 RGB, and boxes xyxy in it."""

    pixels: NDArray[np.float32]
    plates: list[list[float]]
    unsure: list[list[float]]


class Painter:
    """Makes scenes without end; one per process."""

    def __init__(self, photos: Sequence[Photo], maker: Maker, *, kept: int = 1500) -> None:
        """Draw a stock of plates and lettering, since drawing one takes longer than using it."""
        self.photos, self.maker, self.rng, self.noise = photos, maker, maker.rng, maker.noise
        self.plates = [maker.plate() for _ in range(kept)]
        self.real = list(_cut_out(self.rng.sample(photos, min(len(photos), kept)), self.rng))
        self.letterings = [maker.lettering() for _ in range(kept // 2)]

    def scene(self) -> tuple[Texture, Boxes, Boxes]:
        """Return a picture uint8 (SIDE, SIDE, 3), its plates and the places to learn nothing from, xyxy."""
        scene = self._background()
        self._refresh()
        for _ in range(self.rng.choice((0, 0, 0, 1, 1, 2, 3))):
            self._put(scene, self.rng.choice(self.letterings), None)
        for _ in range(self.rng.choice((0, 0, 1, 1, 1, 2, 3))):
            self._put(scene, self._plate(), scene.plates)
        pixels = seen(scene.pixels, self.rng, self.noise)
        return pixels, _boxes(scene.plates), _boxes(scene.unsure)

    def _plate(self) -> Texture:
        return self.rng.choice(self.real if self.rng.random() < REAL else self.plates)

    def _refresh(self) -> None:
        if self.rng.random() < 0.15:
            self.plates[self.rng.randrange(len(self.plates))] = self.maker.plate()
            self.letterings[self.rng.randrange(len(self.letterings))] = self.maker.lettering()

    def _background(self) -> Scene:
        if self.rng.random() < 0.2:
            return Scene(self._clutter(), [], [])
        photo = self.rng.choice(self.photos)
        pixels = photo.pixels()
        return self._crop(photo, pixels, self._scale(photo, pixels))

    def _scale(self, photo: Photo, pixels: Texture) -> float:
        """Return a scale at which, often, one of the photo's own plates has a wanted size."""
        rng = self.rng
        least = SIDE / min(pixels.shape[:2]) if rng.random() < 0.3 else 0.5
        if len(photo.plates) and rng.random() < 0.6:
            plate = photo.plates[rng.randrange(len(photo.plates))]
            wide, high = np.maximum(plate[2:] - plate[:2], 1)
            wanted = float(np.exp(rng.uniform(np.log(5), np.log(120))))
            return float(np.clip(min(wanted / high, 0.97 * SIDE / wide), 0.2, 3.0))
        return float(np.exp(rng.uniform(np.log(least), np.log(2.2))))

    def _crop(self, photo: Photo, source: Texture, scale: float) -> Scene:
        rng, (height, width) = self.rng, source.shape[:2]
        side = SIDE / scale
        if len(photo.plates) and rng.random() < 0.7:
            x, y = photo.plates[rng.randrange(len(photo.plates))].reshape(2, 2).mean(axis=0)
            left, top = x - side * rng.uniform(0.05, 0.95), y - side * rng.uniform(0.05, 0.95)
        else:
            left, top = rng.uniform(0, max(width - side, 0)), rng.uniform(0, max(height - side, 0))
        left, top = min(max(left, 0), max(width - side, 0)), min(max(top, 0), max(height - side, 0))
        mirrored = rng.random() < 0.5
        sx = -scale if mirrored else scale
        matrix = np.array([[sx, 0, SIDE + left * scale if mirrored else -left * scale], [0, scale, -top * scale]])
        leans = rng.random() < 0.35
        if leans:
            matrix = _leaning(matrix, rng.uniform(-50, 50))
        if scale < 0.7:
            source = cv2.blur(source, (round(1 / scale),) * 2)
        # Smears instead of mirror images where a leaning crop ends: nothing in them is a plate.
        border = cv2.BORDER_REPLICATE if leans else cv2.BORDER_REFLECT_101
        pixels = cv2.warpAffine(some_swapped(source, photo.plates, rng), matrix, (SIDE, SIDE), borderMode=border)
        scene = Scene(toned(pixels.astype(np.float32), rng), [], [])
        for box in photo.plates:
            moved = _moved(box, matrix)
            if not leans and rng.random() < 0.4 and moved[3] - moved[1] > 4:
                moved = self._exchanged(scene, moved)
            _keep(scene, moved)
        scene.unsure += [_moved(box, matrix) for box in photo.unsure]
        if not leans:
            _mark_mirror_images(scene, width, height, matrix)
        return scene

    def _exchanged(self, scene: Scene, box: list[float]) -> list[float]:
        """Paint a drawn plate where a car has its own; return its box. The photos show one country's plates only."""
        rng, (x1, y1, x2, y2) = self.rng, box
        _erase(scene.pixels, box)
        texture = self._plate()
        ratio = texture.shape[1] / texture.shape[0]
        # The lower kinds of plate are the wider ones; a plate seen from the side is narrower than it is.
        height = (y2 - y1) * rng.uniform(0.9, 1.15) * (1.0 if ratio > 3.6 else rng.uniform(1.0, 1.6))
        width = height * ratio * min(max((x2 - x1) / (y2 - y1) / 4.64, 0.5), 1.1)
        quad = turned(width, height, rng) if rng.random() < 0.15 else level(width, height, rng)
        quad = (quad + np.array([(x1 + x2) / 2, (y1 + y2) / 2 + rng.gauss(0, 0.1) * height])).astype(np.float32)
        self._paint(scene, texture, quad)
        return [*quad.min(axis=0).tolist(), *quad.max(axis=0).tolist()]

    def _clutter(self) -> NDArray[np.float32]:
        """Return drawn shapes, stripes and lines over a smooth or noisy ground."""
        rng = self.rng
        coarse = self.noise.random((rng.randint(2, 40), rng.randint(2, 40), 3), dtype=np.float32) * rng.uniform(30, 255)
        pixels = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        for _ in range(rng.randint(0, 25)):
            colour = tuple(rng.uniform(0, 255) for _ in range(3))
            x, y, w, h = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.expovariate(1 / 50), rng.expovariate(1 / 30)
            self._shape(pixels, colour, (round(x), round(y)), (round(x + w), round(y + h)))
        return pixels.clip(0, 255)

    def _shape(
        self, pixels: NDArray[np.float32], colour: tuple[float, ...], at: tuple[int, int], to: tuple[int, int]
    ) -> None:
        kind, thick = self.rng.random(), self.rng.choice((-1, -1, 1, 2, 4))
        if kind < 0.4:
            cv2.rectangle(pixels, at, to, colour, thick)
        elif kind < 0.55:
            cv2.ellipse(pixels, (at, (abs(to[0] - at[0]) + 1, abs(to[1] - at[1]) + 1), 0), colour, thick)
        elif kind < 0.75:
            cv2.line(pixels, at, to, colour, abs(thick))
        else:
            step = self.rng.randint(2, 12)
            for offset in range(0, max(to[1] - at[1], 1), step):
                cv2.line(pixels, (at[0], at[1] + offset), (to[0], at[1] + offset), colour, max(1, step // 3))

    def _put(self, scene: Scene, texture: Texture, boxes: list[list[float]] | None) -> None:
        """Paint a texture somewhere, seen from some side; its box goes to `boxes` if it is a plate."""
        rng = self.rng
        height = float(np.exp(rng.uniform(np.log(4.5), np.log(100 if rng.random() < 0.5 else 40))))
        height = min(height, 240 * texture.shape[0] / texture.shape[1])
        scale = height / texture.shape[0]
        wide = texture.shape[1] * scale
        corners = turned(wide, height, rng)
        reach = corners.max(axis=0)
        low, high = -0.35 * reach, SIDE + 0.35 * reach
        corners += [rng.uniform(low[0], high[0]), rng.uniform(low[1], high[1])]
        quad = corners.astype(np.float32)
        box = [*quad.min(axis=0).tolist(), *quad.max(axis=0).tolist()]
        if boxes is not None and any(_covered(box, other) > 0.02 for other in scene.plates):
            return
        covers = [box]
        if rng.random() < 0.65:
            covers += self._mount(scene.pixels, quad)
        self._paint(scene, texture, quad)
        for hidden in [other for other in scene.plates if any(_covered(other, each) > 0.15 for each in covers)]:
            scene.plates.remove(hidden)
            scene.unsure.append(hidden)
        if boxes is not None:
            _keep(scene, box)

    def _mount(self, pixels: NDArray[np.float32], quad: NDArray[np.float32]) -> list[list[float]]:
        """Paint what plates are fixed to: a panel of the car's colour, a recess, a frame; return where."""
        rng, centre, painted = self.rng, quad.mean(axis=0), []
        layers = (((1.5, 4.0), (1.6, 5.0), 0.6), ((1.1, 1.6), (1.2, 2.0), 0.5), ((1.02, 1.12), (1.05, 1.3), 0.5))
        for wide, high, chance in layers:
            if rng.random() > chance:
                continue
            along, down = (quad[1] - quad[0]) * rng.uniform(*wide) / 2, (quad[3] - quad[0]) * rng.uniform(*high) / 2
            shift = down * rng.uniform(-0.4, 0.4) * (wide[0] > 1.05)
            panel = np.array([-along - down, along - down, along + down, -along + down]) + centre + shift
            tone = rng.choice((rng.uniform(5, 60), rng.uniform(60, 250)))
            colour = tuple(float(np.clip(tone + rng.gauss(0, 20), 0, 255)) for _ in range(3))
            cv2.fillConvexPoly(pixels, np.round(panel * 16).astype(np.int32), colour, cv2.LINE_8, 4)
            painted.append([*panel.min(axis=0).tolist(), *panel.max(axis=0).tolist()])
        if rng.random() < 0.3:
            for _ in range(rng.randint(1, 4)):
                y = centre[1] + rng.gauss(0, 2) * (quad[3, 1] - quad[0, 1])
                tone = rng.uniform(0, 255)
                cv2.line(pixels, (0, round(y)), (SIDE, round(y + rng.gauss(0, 8))), (tone,) * 3, rng.randint(1, 3))
        return painted

    def _paint(self, scene: Scene, texture: Texture, quad: NDArray[np.float32]) -> None:
        rng = self.rng
        x1, y1 = np.floor(quad.min(axis=0)).astype(int) - 1
        x2, y2 = np.ceil(quad.max(axis=0)).astype(int) + 2
        x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, SIDE), min(y2, SIDE)
        if x2 - x1 < 2 or y2 - y1 < 2:
            return
        size = np.linalg.norm(quad[3] - quad[0]) * 2, np.linalg.norm(quad[1] - quad[0]) * 2
        shrunk = cv2.resize(
            texture,
            (int(np.clip(size[1], 6, texture.shape[1])), int(np.clip(size[0], 4, texture.shape[0]))),
            interpolation=cv2.INTER_AREA,
        ).astype(np.float32)
        shrunk = lit(shrunk, scene.pixels[y1:y2, x1:x2], rng)
        high, wide = shrunk.shape[:2]
        source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32) - 0.5
        # Painted at twice the size and halved, so that edges mix as they do in a camera.
        matrix = cv2.getPerspectiveTransform(source, ((quad - [x1, y1]) * 2).astype(np.float32) - 0.5)
        window = (int(x2 - x1) * 2, int(y2 - y1) * 2)
        drawn = cv2.warpPerspective(shrunk, matrix, window, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        shape = np.zeros((window[1], window[0]), np.float32)
        cv2.fillConvexPoly(shape, np.round(((quad - [x1, y1]) * 2 - 0.5) * 16).astype(np.int32), 1.0, cv2.LINE_8, 4)
        mixed = cv2.resize(
            np.dstack([drawn * shape[:, :, None], shape]), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
        )
        if rng.random() < 0.6:
            mixed = blurred(mixed, rng, float(min(size)) / 2)
        occlude(mixed, rng)
        part = scene.pixels[y1:y2, x1:x2]
        part *= 1 - mixed[:, :, 3:]
        part += mixed[:, :, :3]


def _erase(pixels: NDArray[np.float32], box: list[float]) -> None:
    """Fill a box from what is left and right of it, mixed, with the grain of what is above it."""
    x1, y1, x2, y2 = (int(np.clip(each, 0, SIDE)) for each in (box[0] - 2, box[1] - 2, box[2] + 3, box[3] + 3))
    if x2 <= x1 or y2 <= y1:
        return
    share = np.linspace(0, 1, x2 - x1, dtype=np.float32)[None, :, None]
    left, right = pixels[y1:y2, max(x1 - 1, 0), None], pixels[y1:y2, min(x2, SIDE - 1), None]
    above = pixels[max(y1 - 1, 0), None, x1:x2]
    pixels[y1:y2, x1:x2] = 0.5 * (left * (1 - share) + right * share) + 0.5 * above


def _cut_out(photos: Sequence[Photo], rng: random.Random) -> Iterator[Texture]:
    """Yield plates cut out of photos, long ones halved and stacked every other time: two lines are rare in photos."""
    for photo in photos:
        large = photo.plates[photo.plates[:, 3] - photo.plates[:, 1] >= LEAST_CUT]
        pixels = photo.pixels() if len(large) else None
        for x1, y1, x2, y2 in np.rint(large).astype(int).clip(0).tolist():
            plate, half = pixels[y1:y2, x1:x2], (x2 - x1) // 2
            if half > 1.5 * (y2 - y1) and rng.random() < 0.5:
                plate = np.vstack([plate[:, :half], plate[:, half : 2 * half]])
            yield np.ascontiguousarray(plate)


def _leaning(matrix: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Return the matrix of a crop (2, 3), its result turned around its middle."""
    turn = np.vstack([cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0), [0, 0, 1]])
    return np.asarray((turn @ np.vstack([matrix, [0, 0, 1]]))[:2])


def some_swapped(pixels: Texture, plates: Boxes, rng: random.Random) -> Texture:
    """Return the photo with light and dark swapped in some of its plates: none of them is light on dark."""
    swapped = [box for box in plates if rng.random() < 0.15]
    if swapped:
        pixels = pixels.copy()
    for x1, y1, x2, y2 in np.rint(np.reshape(swapped, (-1, 4))).astype(int).clip(0).tolist():
        pixels[y1:y2, x1:x2] = pixels[y1:y2, x1:x2].max(initial=0) - pixels[y1:y2, x1:x2]
    return pixels


def _moved(box: NDArray[np.float32], matrix: NDArray[np.float64]) -> list[float]:
    points = box[[[0, 1], [2, 1], [2, 3], [0, 3]]].astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()]


def _keep(scene: Scene, box: list[float]) -> None:
    """Take a plate's box, cut to the picture, if enough of it is inside."""
    cut = np.clip(box, 0, SIDE)
    share = (cut[2] - cut[0]) * (cut[3] - cut[1]) / max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)
    if share <= 0:
        return
    found = share >= LEAST_SEEN and box[3] - box[1] >= LEAST_HEIGHT
    (scene.plates if found else scene.unsure).append(cut.tolist())


def _mark_mirror_images(scene: Scene, width: int, height: int, matrix: NDArray[np.float64]) -> None:
    """Learn nothing beyond the photo's edges, where the crop repeats it mirrored."""
    x1, y1, x2, y2 = _moved(np.array([0, 0, width, height], np.float32), matrix)
    beyond = [(0, 0, x1, SIDE), (x2, 0, SIDE, SIDE), (0, 0, SIDE, y1), (0, y2, SIDE, SIDE)]
    scene.unsure += [list(map(float, box)) for box in beyond if box[2] - box[0] > 2 and box[3] - box[1] > 2]


def _covered(box: list[float], by: list[float]) -> float:
    wide = min(box[2], by[2]) - max(box[0], by[0])
    high = min(box[3], by[3]) - max(box[1], by[1])
    return max(wide, 0) * max(high, 0) / max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)


def _boxes(rows: Sequence[Sequence[float]]) -> Boxes:
    return np.array(rows, np.float32).reshape(-1, 4)

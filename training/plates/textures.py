"""Licence plates that no car bears: layouts of many countries, drawn with whatever fonts the machine has.

Nothing here copies a real plate. Each draws the proportions, colours and kinds of writing that a country's
plates have, with random characters, and wears it: dirt, scratches, shadow, glare, faded paint.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from sheets import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    HEIGHT,
    RED,
    WHITE,
    YELLOW,
    Colour,
    Sheet,
    Texture,
    any_colour,
    near,
    small,
    text,
    word,
    written,
)
from styles import STYLES, Style


class Maker:
    """Draws plates and lettering; one per process, since fonts and chance are its own."""

    def __init__(self, font_files: Sequence[Path], seed: int) -> None:
        """Take the fonts to write with and the seed of everything random."""
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.fonts = list(font_files)
        bold = [path for path in self.fonts if any(word in path.name for word in ("Bold", "DIN", "gothic", "Bebas"))]
        self.bold = [path for path in bold if "Italic" not in path.name and "Oblique" not in path.name] or self.fonts

    def plate(self, styles: Mapping[Style, float] | None = None) -> Texture:
        """Return a worn plate, uint8 (128, width, 3), RGB, its rim at the picture's edge."""
        rng, styles = self.rng, styles or STYLES
        (style,) = rng.choices(list(styles), weights=list(styles.values()))
        ground = rng.choice(style.ground)
        ink = rng.choice(
            [each for each in style.ink if _contrast(each, ground)] or [WHITE if sum(ground) < 380 else BLACK]
        )
        width = round(HEIGHT * rng.uniform(*style.ratio))
        image = Image.new("RGB", (width, HEIGHT), near(ground, rng, 18))
        sheet = Sheet(image, width * 0.03, width * 0.97, HEIGHT * 0.05, HEIGHT * 0.95, near(ink, rng, 20))
        if style.dress:
            style.dress(sheet, rng)
        self._characters(sheet, text(rng.choice(style.patterns), rng), rng.uniform(*style.character))
        self._rim(sheet)
        return self._worn(np.asarray(sheet.image).copy())

    def _characters(self, sheet: Sheet, content: str, share: float) -> None:
        rng, lines = self.rng, content.split("|")
        font = rng.choice(self.bold)
        room = (sheet.bottom - sheet.top) / len(lines)
        height = int(min(room * 0.92, share * HEIGHT if len(lines) == 1 else room * rng.uniform(0.7, 0.92)))
        squeeze = rng.uniform(0.6, 1.05)
        for number, line in enumerate(lines):
            drawn = written(line, font, height, sheet.ink, squeeze)
            wide = (sheet.right - sheet.left) * rng.uniform(0.88, 0.99)
            if drawn.width > wide or (len(lines) == 1 and rng.random() < 0.5):
                drawn = drawn.resize((max(1, int(wide)), height), Image.Resampling.BILINEAR)
            x = (sheet.left + sheet.right - drawn.width) / 2
            y = sheet.top + room * number + (room - height) / 2
            if rng.random() < 0.4:
                shade = Image.new("RGBA", drawn.size, (255, 255, 255, 110) if rng.random() < 0.5 else (0, 0, 0, 110))
                sheet.image.paste(shade, (int(x) + 1, int(y) + 2), drawn)
            sheet.image.paste(drawn, (int(x), int(y)), drawn)

    def _rim(self, sheet: Sheet) -> None:
        rng, (width, height) = self.rng, sheet.image.size
        draw = ImageDraw.Draw(sheet.image)
        if rng.random() < 0.55:
            inset, thick = rng.randint(1, 4), rng.randint(1, 4)
            colour = sheet.ink if rng.random() < 0.6 else near(GREY, rng, 40)
            box = (inset, inset, width - 1 - inset, height - 1 - inset)
            draw.rounded_rectangle(box, rng.randint(3, 14), outline=colour, width=thick)
        for _ in range(rng.choice((0, 0, 2, 2, 4))):
            x, y, r = rng.uniform(0.04, 0.96) * width, rng.choice((0.1, 0.5, 0.88)) * height, rng.uniform(2, 5)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=near((120, 120, 118), rng, 60))

    def _worn(self, plate: Texture) -> Texture:
        """Return the plate with shadow, glare, dirt and faded paint."""
        rng, values = self.rng, plate.astype(np.float32)
        if rng.random() < 0.5:
            values *= self._slope(plate.shape, 0.55, 1.1)
        if rng.random() < 0.35:
            stain = self._cloud(plate.shape, rng.randint(3, 12))[:, :, None] * rng.uniform(0.2, 0.75)
            values += (np.array(near((104, 90, 70), rng, 30), np.float32) - values) * stain
        if rng.random() < 0.15:
            values += 200 * self._cloud(plate.shape, rng.randint(2, 4))[:, :, None] ** 2
        if rng.random() < 0.25:
            values += (values.mean(axis=(0, 1)) - values) * rng.uniform(0.1, 0.6)
        return values.clip(0, 255).astype(np.uint8)

    def _slope(self, shape: tuple[int, ...], low: float, high: float) -> NDArray[np.float32]:
        angle = self.rng.uniform(0, 2 * np.pi)
        y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        along = x / shape[1] * np.cos(angle) + y / shape[0] * np.sin(angle)
        along = (along - along.min()) / max(float(np.ptp(along)), 1e-6)
        if self.rng.random() < 0.3:
            along = (along > self.rng.uniform(0.2, 0.8)).astype(np.float32)
        return np.asarray((low + (high - low) * along)[:, :, None], np.float32)

    def _cloud(self, shape: tuple[int, ...], cells: int) -> NDArray[np.float32]:
        coarse = self.noise.random((max(2, cells // 2), cells + 1), dtype=np.float32) ** 2
        return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).clip(0, 1))

    def lettering(self) -> Texture:
        """Return what is no plate but looks a little like one: signs, shop lettering, clocks, blank panels."""
        rng = self.rng
        ground = rng.choice((WHITE, BLUE, GREEN, RED, YELLOW, BLACK, GREY, any_colour(rng)))
        ink = rng.choice((WHITE, WHITE, BLACK, YELLOW, RED, any_colour(rng)))
        ratio = rng.uniform(0.8, 8.0)
        image = Image.new("RGB", (round(HEIGHT * ratio), HEIGHT), near(ground, rng, 25))
        sheet = Sheet(image, image.width * 0.05, image.width * 0.95, 10.0, 118.0, ink)
        kind = rng.random()
        if kind < 0.12:
            return self._worn(np.asarray(image).copy())
        if kind < 0.22:
            _row(image, rng)
            return self._worn(np.asarray(image).copy())
        lines = rng.choice((1, 1, 2, 3, 4, 5)) if kind < 0.8 else 1
        room = (sheet.bottom - sheet.top) / lines
        for number in range(lines):
            box = (sheet.left, sheet.top + room * (number + 0.12), sheet.right, sheet.top + room * (number + 0.88))
            small(sheet, self._words(), rng.choice(self.fonts), box, ink)
        if rng.random() < 0.4:
            self._rim(sheet)
        return self._worn(np.asarray(sheet.image).copy())

    def _words(self) -> str:
        rng = self.rng
        if rng.random() < 0.25:
            return text(
                rng.choice(("00:00:00", "00.00.0000", "0000-00-00 00:00", "-00%", "000 km", "0,00 A", "00")), rng
            )
        words = [word(rng) for _ in range(rng.randint(1, 4))]
        line = " ".join(words)
        return rng.choice((line.upper(), line.title(), line, line.capitalize()))


def _row(image: Image.Image, rng: random.Random) -> None:
    """Draw like things side by side in an opening, as teeth, the slats of a grille and lamps are."""
    draw, (width, height) = ImageDraw.Draw(image), image.size
    skin = near((190, 140, 115), rng, 50)
    draw.rectangle((0, 0, width, height), fill=skin if rng.random() < 0.5 else near(GREY, rng, 90))
    top, bottom = height * rng.uniform(0.0, 0.25), height * rng.uniform(0.7, 1.0)
    dark = near((90, 40, 40), rng, 40) if rng.random() < 0.5 else near(BLACK, rng, 30)
    draw.ellipse((0, top, width, bottom), fill=dark)
    count, light = rng.randint(3, 14), near(WHITE, rng, 40)
    step, bow = width * 0.9 / count, rng.uniform(-0.15, 0.3)
    for number in range(count):
        x = width * 0.05 + number * step
        away = abs(2 * (number + 0.5) / count - 1)
        low, high = height * (0.2 + bow * away**2), height * rng.uniform(0.65, 0.75) * (1 - 0.3 * away**2)
        box = (x, low, x + step * rng.uniform(0.6, 0.95), max(low + 2, high))
        draw.rounded_rectangle(box, min(step, box[3] - low) * rng.uniform(0.05, 0.4), fill=light)


def _contrast(ink: Colour, ground: Colour) -> bool:
    return abs(sum(ink) - sum(ground)) > 180

"""Licence plates that no car bears: layouts of many countries, drawn with whatever fonts the machine has.

Nothing here copies a real plate. Each draws the proportions, colours and kinds of writing that a country's
plates have, with random characters, and wears it: dirt, scratches, shadow, glare, faded paint.
"""

import random
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Texture = NDArray[np.uint8]
Colour = tuple[int, int, int]

HEIGHT = 128
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
DIGITS = string.digits
WHITE, BLACK, YELLOW, BLUE = (236, 236, 232), (22, 22, 26), (238, 190, 40), (24, 60, 150)
RED, GREEN, GREY = (170, 30, 34), (20, 104, 64), (168, 170, 172)


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of plate looks.

    Attributes:
        ratio: Width over height.
        ground: Colours the plate may have.
        ink: Colours of its characters.
        patterns: What its lines may read: A a letter, 0 a digit, X either, others as they are; | starts a new line.
        character: Height of the characters of one line as a share of the plate's height.
        dress: What else is drawn on it.
    """

    ratio: tuple[float, float]
    ground: Sequence[Colour]
    ink: Sequence[Colour]
    patterns: Sequence[str]
    character: tuple[float, float]
    dress: Callable[["Sheet", random.Random], None] | None = None


@dataclass(slots=True)
class Sheet:
    """A plate being drawn.

    Attributes:
        image: RGB of `HEIGHT` rows.
        left, right, top, bottom: The part still free for the main characters, in pixels.
        ink: Colour of its characters.
    """

    image: Image.Image
    left: float
    right: float
    top: float
    bottom: float
    ink: Colour


def fonts(folder: Path) -> list[Path]:
    """Return the fonts below a folder that draw capitals and digits as letters, sorted by name."""
    found = sorted({path.name: path for kind in ("ttf", "otf") for path in folder.rglob(f"*.{kind}")}.values())
    return [path for path in found if _draws_letters(path)]


def _draws_letters(path: Path) -> bool:
    if any(word in path.name for word in ("Thin", "ExtraLight", "UltraLight", "Symbol", "Math", "Emoji", "Lobster")):
        return False
    try:
        font = ImageFont.truetype(str(path), 40)
        drawn = {bytes(font.getmask(each)) for each in "AB08XK"}
    except OSError:
        return False
    return len(drawn) == 6 and all(drawn)


def text(pattern: str, rng: random.Random) -> str:
    """Return random characters as the pattern asks for them."""
    kinds = {"A": LETTERS, "0": DIGITS, "X": LETTERS + DIGITS, "a": string.ascii_lowercase}
    return "".join(rng.choice(kinds[each]) if each in kinds else each for each in pattern)


def written(line: str, font: Path, height: int, ink: Colour, squeeze: float) -> Image.Image:
    """Return a line of text, RGBA, cut to its ink and brought to a height; its width times `squeeze`."""
    face = ImageFont.truetype(str(font), 72)
    left, top, right, bottom = face.getbbox(line)
    image = Image.new("RGBA", (max(1, int(right - left)), max(1, int(bottom - top))), (*ink, 0))
    ImageDraw.Draw(image).text((-left, -top), line, font=face, fill=(*ink, 255))
    width = max(1, round(image.width * height / image.height * squeeze))
    return image.resize((width, max(1, height)), Image.Resampling.BILINEAR)


def _small(sheet: Sheet, line: str, font: Path, box: tuple[float, float, float, float], ink: Colour) -> None:
    """Write a line into a box x1 y1 x2 y2 of the sheet, centred, as large as fits."""
    x1, y1, x2, y2 = box
    drawn = written(line, font, max(4, int(y2 - y1)), ink, 1.0)
    if drawn.width > x2 - x1:
        drawn = drawn.resize((max(1, int(x2 - x1)), drawn.height), Image.Resampling.BILINEAR)
    sheet.image.paste(drawn, (int((x1 + x2 - drawn.width) / 2), int(y1)), drawn)


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
        image = Image.new("RGB", (width, HEIGHT), _near(ground, rng, 18))
        sheet = Sheet(image, width * 0.03, width * 0.97, HEIGHT * 0.05, HEIGHT * 0.95, _near(ink, rng, 20))
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
            colour = sheet.ink if rng.random() < 0.6 else _near(GREY, rng, 40)
            box = (inset, inset, width - 1 - inset, height - 1 - inset)
            draw.rounded_rectangle(box, rng.randint(3, 14), outline=colour, width=thick)
        for _ in range(rng.choice((0, 0, 2, 2, 4))):
            x, y, r = rng.uniform(0.04, 0.96) * width, rng.choice((0.1, 0.5, 0.88)) * height, rng.uniform(2, 5)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=_near((120, 120, 118), rng, 60))

    def _worn(self, plate: Texture) -> Texture:
        """Return the plate with shadow, glare, dirt and faded paint."""
        rng, values = self.rng, plate.astype(np.float32)
        if rng.random() < 0.5:
            values *= self._slope(plate.shape, 0.55, 1.1)
        if rng.random() < 0.35:
            stain = self._cloud(plate.shape, rng.randint(3, 12))[:, :, None] * rng.uniform(0.2, 0.75)
            values += (np.array(_near((104, 90, 70), rng, 30), np.float32) - values) * stain
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
        ground = rng.choice((WHITE, BLUE, GREEN, RED, YELLOW, BLACK, GREY, _any(rng)))
        ink = rng.choice((WHITE, WHITE, BLACK, YELLOW, RED, _any(rng)))
        ratio = rng.uniform(0.8, 8.0)
        image = Image.new("RGB", (round(HEIGHT * ratio), HEIGHT), _near(ground, rng, 25))
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
            _small(sheet, self._words(), rng.choice(self.fonts), box, ink)
        if rng.random() < 0.4:
            self._rim(sheet)
        return self._worn(np.asarray(sheet.image).copy())

    def _words(self) -> str:
        rng = self.rng
        if rng.random() < 0.25:
            return text(
                rng.choice(("00:00:00", "00.00.0000", "0000-00-00 00:00", "-00%", "000 km", "0,00 A", "00")), rng
            )
        words = [_word(rng) for _ in range(rng.randint(1, 4))]
        line = " ".join(words)
        return rng.choice((line.upper(), line.title(), line, line.capitalize()))


SYLLABLES = """
ba be bo ca co da de di do fa fe ga go ha he ho in la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro
sa se si so ta te ti to va ve vi un er en an or ar st tra pro kt sch
""".split()


def _word(rng: random.Random) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 5)))


def _row(image: Image.Image, rng: random.Random) -> None:
    """Draw like things side by side in an opening, as teeth, the slats of a grille and lamps are."""
    draw, (width, height) = ImageDraw.Draw(image), image.size
    skin = _near((190, 140, 115), rng, 50)
    draw.rectangle((0, 0, width, height), fill=skin if rng.random() < 0.5 else _near(GREY, rng, 90))
    top, bottom = height * rng.uniform(0.0, 0.25), height * rng.uniform(0.7, 1.0)
    dark = _near((90, 40, 40), rng, 40) if rng.random() < 0.5 else _near(BLACK, rng, 30)
    draw.ellipse((0, top, width, bottom), fill=dark)
    count, light = rng.randint(3, 14), _near(WHITE, rng, 40)
    step, bow = width * 0.9 / count, rng.uniform(-0.15, 0.3)
    for number in range(count):
        x = width * 0.05 + number * step
        away = abs(2 * (number + 0.5) / count - 1)
        low, high = height * (0.2 + bow * away**2), height * rng.uniform(0.65, 0.75) * (1 - 0.3 * away**2)
        box = (x, low, x + step * rng.uniform(0.6, 0.95), max(low + 2, high))
        draw.rounded_rectangle(box, min(step, box[3] - low) * rng.uniform(0.05, 0.4), fill=light)


def _near(colour: Colour, rng: random.Random, spread: int) -> Colour:
    red, green, blue = (min(255, max(0, value + rng.randint(-spread, spread))) for value in colour)
    return red, green, blue


def _contrast(ink: Colour, ground: Colour) -> bool:
    return abs(sum(ink) - sum(ground)) > 180


def _any(rng: random.Random) -> Colour:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)


def _font(rng: random.Random) -> Path:
    return rng.choice(_DRESS_FONTS)


_DRESS_FONTS = fonts(Path("/usr/share/fonts"))


def _band(sheet: Sheet, rng: random.Random) -> None:
    """Draw the blue band of European plates, at the left and sometimes at the right."""
    width, height = sheet.image.size
    draw = ImageDraw.Draw(sheet.image)
    band = height * rng.uniform(0.3, 0.5)
    blue = _near(BLUE, rng, 30)
    sides = ("left", "right") if rng.random() < 0.2 else ("left",)
    for side in sides:
        x = 0.0 if side == "left" else width - band
        draw.rectangle((x, 0, x + band, height), fill=blue)
        y, r = height * 0.3, band * 0.3
        for step in range(12):
            turn = step * np.pi / 6
            at = (x + band / 2 + r * np.cos(turn), y + r * np.sin(turn))
            draw.ellipse((at[0] - 1.5, at[1] - 1.5, at[0] + 1.5, at[1] + 1.5), fill=_near(YELLOW, rng, 20))
        name = text(rng.choice(("A", "AA")), rng)
        _small(sheet, name, _font(rng), (x + band * 0.15, height * 0.62, x + band * 0.85, height * 0.88), WHITE)
    sheet.left = band + width * 0.015
    if len(sides) == 2:
        sheet.right = width - band - width * 0.015


def _seal(sheet: Sheet, rng: random.Random) -> None:
    """Draw the band, and the seals that some countries put between the groups."""
    _band(sheet, rng)
    draw, height = ImageDraw.Draw(sheet.image), sheet.image.height
    x = sheet.left + (sheet.right - sheet.left) * rng.uniform(0.25, 0.5)
    for y in (height * 0.33, height * 0.7):
        r = height * rng.uniform(0.1, 0.17)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=_any(rng))


def _headline(sheet: Sheet, rng: random.Random) -> None:
    """Draw what American plates show: a ground of colours or a picture, a name above, a slogan below, stickers."""
    width, height = sheet.image.size
    _ground(sheet, rng)
    ink = sheet.ink if rng.random() < 0.5 else _any(rng)
    if rng.random() < 0.9:
        high = height * rng.uniform(0.1, 0.2)
        top = height * rng.uniform(0.03, 0.08)
        name = " ".join(_word(rng) for _ in range(rng.randint(1, 2)))
        name = rng.choice((name.upper(), name.title()))
        inset = rng.uniform(0.15, 0.3) * width
        _small(sheet, name, _font(rng), (inset, top, width - inset, top + high), ink)
        sheet.top = top + high + height * 0.03
    if rng.random() < 0.7:
        high = height * rng.uniform(0.06, 0.13)
        line = rng.choice((" ".join(_word(rng) for _ in range(3)), _word(rng) + ".gov", text("0000", rng)))
        _small(sheet, line, _font(rng), (0.2 * width, height * 0.95 - high, 0.8 * width, height * 0.95), ink)
        sheet.bottom = height * 0.93 - high
    draw = ImageDraw.Draw(sheet.image)
    for x in rng.sample((0.04, 0.84), rng.choice((0, 1, 2))):
        y = rng.choice((0.05, 0.8))
        box = (width * x, height * y, width * (x + 0.12), height * (y + 0.15))
        draw.rectangle(box, fill=_any(rng))
        _small(sheet, text("00", rng), _font(rng), (box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2), WHITE)


def _ground(sheet: Sheet, rng: random.Random) -> None:
    """Draw a fading sky, hills or blots in pale colours."""
    kind, (width, height) = rng.random(), sheet.image.size
    if kind < 0.35:
        return
    pale = [tuple((value + 2 * 235) // 3 for value in _any(rng)) for _ in range(3)]
    if kind < 0.7:
        share = np.linspace(0, 1, height)[:, None, None] ** rng.uniform(0.5, 3)
        fade = np.array(pale[0]) * (1 - share) + np.array(pale[1]) * share
        sheet.image.paste(Image.fromarray(np.broadcast_to(fade, (height, width, 3)).astype(np.uint8)))
    draw = ImageDraw.Draw(sheet.image)
    if kind > 0.55:
        points = [(width * step / 8, height * rng.uniform(0.3, 0.8)) for step in range(9)]
        draw.polygon([(0, height), *points, (width, height)], fill=pale[2])
    if kind > 0.85:
        x, y, r = rng.uniform(0.2, 0.8) * width, rng.uniform(0.3, 0.7) * height, rng.uniform(0.15, 0.4) * height
        draw.ellipse((x - r, y - r, x + r, y + r), fill=pale[1])


def _city(sheet: Sheet, rng: random.Random) -> None:
    """Draw the name of a place in a line of its own, above or below."""
    width, height = sheet.image.size
    high = height * rng.uniform(0.12, 0.22)
    line = f"{text('AA', rng)} {_word(rng).upper()} {_word(rng).upper()}"
    top = height * 0.05 if rng.random() < 0.6 else height * 0.94 - high
    _small(sheet, line, _font(rng), (width * 0.2, top, width * 0.8, top + high), sheet.ink)
    if top < height / 2:
        sheet.top = top + high + height * 0.03
    else:
        sheet.bottom = top - height * 0.03


def _lintel(sheet: Sheet, rng: random.Random) -> None:
    """Draw the blue lintel of Mercosur's plates, with the country's name."""
    width, height = sheet.image.size
    high = height * rng.uniform(0.18, 0.28)
    ImageDraw.Draw(sheet.image).rectangle((0, 0, width, high), fill=_near(BLUE, rng, 25))
    name = _word(rng).upper() + _word(rng).upper()
    _small(sheet, name, _font(rng), (width * 0.25, high * 0.2, width * 0.75, high * 0.85), WHITE)
    sheet.top = high + height * 0.03


def _region(sheet: Sheet, rng: random.Random) -> None:
    """Draw a box with a region's number at the right, a country's name below it."""
    width, height = sheet.image.size
    x = width * rng.uniform(0.74, 0.8)
    ImageDraw.Draw(sheet.image).line((x, 0, x, height), fill=sheet.ink, width=rng.randint(2, 4))
    _small(sheet, text("00", rng), _font(rng), (x + 8, height * 0.12, width - 8, height * 0.6), sheet.ink)
    _small(sheet, text("AAA", rng), _font(rng), (x + 8, height * 0.68, width - 8, height * 0.88), sheet.ink)
    sheet.right = x - width * 0.02


EUROPE = (
    *("AA 000 AA", "AA-000-AA", "A 00 AAA", "AA 00 AAA", "AAA 000", "AAA-000", "0AA 0000", "AA 0000 AA"),
    *("AA0000", "AA00 AAA", "0000 AAA", "A-AA 0000", "AA 000000", "AA 00000", "A 000 AA", "00-AA-00", "X-XXX-XX"),
)
AMERICA = (
    "AAA 0000",
    "0AAA000",
    "AAA-000",
    "AAA 000",
    "000 AAA",
    "AAA0000",
    "00000AA",
    "A00 00A",
    "AA 00000",
    "XXXXXX",
)
LATIN = (
    "AAA-0000",
    "AAA 0000",
    "AAA·000",
    "AAA 000",
    "AA 000 AA",
    "AAAA·00",
    "AAA-00-00",
    "A00-0AA",
    "AAA000",
    "00 AA 000",
)
TWO_LINES = ("AAA|0000", "AA 00|AAA", "AAA|000", "00-A0|000.00", "AA|0000", "A 00|AAA", "XXX|XXXX", "00 000|A 00-00")

# Each style and how often it is drawn.
STYLES: dict[Style, float] = {
    Style((4.2, 5.0), (WHITE, WHITE, YELLOW), (BLACK, BLACK, RED, GREEN), EUROPE, (0.62, 0.8), _band): 22,
    Style((4.2, 5.0), (WHITE,), (BLACK,), ("AA  AA 000", "A  AA 0000", "AAA  A 00"), (0.62, 0.8), _seal): 6,
    Style((3.8, 5.0), (WHITE, YELLOW, WHITE, BLACK), (BLACK, WHITE, (40, 40, 60)), EUROPE, (0.6, 0.82)): 8,
    Style((4.2, 4.8), (WHITE, YELLOW), (BLACK,), ("A 000 AA", "AA 000 00", "000 AAA"), (0.62, 0.8), _region): 3,
    Style((1.85, 2.15), (WHITE, WHITE, (240, 240, 225), YELLOW, BLUE, BLACK, (120, 150, 190)),
          (BLUE, BLACK, RED, GREEN, (30, 30, 80), WHITE), AMERICA, (0.42, 0.62), _headline): 30,
    Style((2.6, 3.3), (GREY, WHITE, RED, GREY), (BLACK, BLACK, WHITE), LATIN, (0.6, 0.78), _city): 8,
    Style((2.8, 3.3), (WHITE,), (BLACK, BLACK, RED, BLUE, GREEN), ("AAA0A00", "AA 000 AA", "AAA 0000"),
          (0.6, 0.75), _lintel): 8,
    Style((1.9, 3.2), (WHITE, YELLOW, BLACK, (225, 225, 215)), (BLACK, WHITE, (30, 40, 90)), LATIN,
          (0.5, 0.75), _city): 5,
    Style((2.8, 3.6), (BLUE, (70, 170, 110), WHITE, YELLOW), (WHITE, BLACK), ("A·A0000", "AA·00000"), (0.6, 0.78)): 3,
    Style((1.1, 2.0), (WHITE, YELLOW, WHITE, GREY, BLACK), (BLACK, BLACK, RED, WHITE), TWO_LINES, (0.8, 0.9)): 9,
    Style((1.3, 1.8), (WHITE, YELLOW), (BLACK,), TWO_LINES, (0.8, 0.9), _band): 3,
    Style((1.2, 5.6), tuple((v, u, w) for v in (40, 130, 230) for u in (40, 130, 230) for w in (40, 230)),
          (BLACK, WHITE, BLUE, YELLOW), (*EUROPE, *AMERICA, *LATIN), (0.45, 0.85)): 5,
}  # fmt: skip

# What cars of a region mostly bear, as `measure.py` puts it into photos.
REGIONS: dict[str, dict[Style, float]] = {
    "europe": {style: each for style, each in STYLES.items() if style.patterns is EUROPE or style.dress is _seal},
    "america": {style: each for style, each in STYLES.items() if style.dress is _headline},
    "latin": {style: each for style, each in STYLES.items() if style.dress in (_city, _lintel)},
}

"""How the plates of many countries look: proportions, colours, kinds of writing, and what else is on them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from sheets import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    RED,
    WHITE,
    YELLOW,
    Colour,
    Sheet,
    any_colour,
    any_font,
    near,
    small,
    text,
    word,
)


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


def _band(sheet: Sheet, rng: random.Random) -> None:
    """Draw the blue band of European plates, at the left and sometimes at the right."""
    width, height = sheet.image.size
    draw = ImageDraw.Draw(sheet.image)
    band = height * rng.uniform(0.3, 0.5)
    blue = near(BLUE, rng, 30)
    sides = ("left", "right") if rng.random() < 0.2 else ("left",)
    for side in sides:
        x = 0.0 if side == "left" else width - band
        draw.rectangle((x, 0, x + band, height), fill=blue)
        y, r = height * 0.3, band * 0.3
        for step in range(12):
            turn = step * np.pi / 6
            at = (x + band / 2 + r * np.cos(turn), y + r * np.sin(turn))
            draw.ellipse((at[0] - 1.5, at[1] - 1.5, at[0] + 1.5, at[1] + 1.5), fill=near(YELLOW, rng, 20))
        name = text(rng.choice(("A", "AA")), rng)
        small(sheet, name, any_font(rng), (x + band * 0.15, height * 0.62, x + band * 0.85, height * 0.88), WHITE)
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
        draw.ellipse((x - r, y - r, x + r, y + r), fill=any_colour(rng))


def _headline(sheet: Sheet, rng: random.Random) -> None:
    """Draw what American plates show: a ground of colours or a picture, a name above, a slogan below, stickers."""
    width, height = sheet.image.size
    _ground(sheet, rng)
    ink = sheet.ink if rng.random() < 0.5 else any_colour(rng)
    if rng.random() < 0.9:
        high = height * rng.uniform(0.1, 0.2)
        top = height * rng.uniform(0.03, 0.08)
        name = " ".join(word(rng) for _ in range(rng.randint(1, 2)))
        name = rng.choice((name.upper(), name.title()))
        inset = rng.uniform(0.15, 0.3) * width
        small(sheet, name, any_font(rng), (inset, top, width - inset, top + high), ink)
        sheet.top = top + high + height * 0.03
    if rng.random() < 0.7:
        high = height * rng.uniform(0.06, 0.13)
        line = rng.choice((" ".join(word(rng) for _ in range(3)), word(rng) + ".gov", text("0000", rng)))
        small(sheet, line, any_font(rng), (0.2 * width, height * 0.95 - high, 0.8 * width, height * 0.95), ink)
        sheet.bottom = height * 0.93 - high
    draw = ImageDraw.Draw(sheet.image)
    for x in rng.sample((0.04, 0.84), rng.choice((0, 1, 2))):
        y = rng.choice((0.05, 0.8))
        box = (width * x, height * y, width * (x + 0.12), height * (y + 0.15))
        draw.rectangle(box, fill=any_colour(rng))
        small(sheet, text("00", rng), any_font(rng), (box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2), WHITE)


def _ground(sheet: Sheet, rng: random.Random) -> None:
    """Draw a fading sky, hills or blots in pale colours."""
    kind, (width, height) = rng.random(), sheet.image.size
    if kind < 0.35:
        return
    pale = [tuple((value + 2 * 235) // 3 for value in any_colour(rng)) for _ in range(3)]
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
    line = f"{text('AA', rng)} {word(rng).upper()} {word(rng).upper()}"
    top = height * 0.05 if rng.random() < 0.6 else height * 0.94 - high
    small(sheet, line, any_font(rng), (width * 0.2, top, width * 0.8, top + high), sheet.ink)
    if top < height / 2:
        sheet.top = top + high + height * 0.03
    else:
        sheet.bottom = top - height * 0.03


def _lintel(sheet: Sheet, rng: random.Random) -> None:
    """Draw the blue lintel of Mercosur's plates, with the country's name."""
    width, height = sheet.image.size
    high = height * rng.uniform(0.18, 0.28)
    ImageDraw.Draw(sheet.image).rectangle((0, 0, width, high), fill=near(BLUE, rng, 25))
    name = word(rng).upper() + word(rng).upper()
    small(sheet, name, any_font(rng), (width * 0.25, high * 0.2, width * 0.75, high * 0.85), WHITE)
    sheet.top = high + height * 0.03


def _region(sheet: Sheet, rng: random.Random) -> None:
    """Draw a box with a region's number at the right, a country's name below it."""
    width, height = sheet.image.size
    x = width * rng.uniform(0.74, 0.8)
    ImageDraw.Draw(sheet.image).line((x, 0, x, height), fill=sheet.ink, width=rng.randint(2, 4))
    small(sheet, text("00", rng), any_font(rng), (x + 8, height * 0.12, width - 8, height * 0.6), sheet.ink)
    small(sheet, text("AAA", rng), any_font(rng), (x + 8, height * 0.68, width - 8, height * 0.88), sheet.ink)
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

# Light characters on a dark ground: of trades, motorbikes, old cars and whole countries.
DARK: Sequence[Colour] = (BLACK, BLACK, (62, 62, 66), (96, 98, 100), BLUE, RED, GREEN, (84, 28, 30), (36, 66, 124))
LIGHT: Sequence[Colour] = (WHITE, WHITE, WHITE, (200, 202, 204), YELLOW)
DARK_PATTERNS = (*EUROPE, *LATIN, "000 XX 0000", "00 0000", "A·A0000", "AA 00 A 0000")

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
    Style((1.1, 2.0), (WHITE, YELLOW, WHITE, GREY, BLACK), (BLACK, BLACK, RED, WHITE), TWO_LINES, (0.8, 0.9)): 18,
    Style((1.3, 1.8), (WHITE, YELLOW), (BLACK,), TWO_LINES, (0.8, 0.9), _band): 5,
    Style((2.6, 5.2), DARK, LIGHT, DARK_PATTERNS, (0.55, 0.85)): 22,
    Style((1.1, 2.0), DARK, LIGHT, TWO_LINES, (0.8, 0.9)): 12,
    Style((1.2, 5.6), tuple((v, u, w) for v in (40, 130, 230) for u in (40, 130, 230) for w in (40, 230)),
          (BLACK, WHITE, BLUE, YELLOW), (*EUROPE, *AMERICA, *LATIN), (0.45, 0.85)): 5,
}  # fmt: skip

# What cars of a region mostly bear, or plates of a kind, as `measure.py` puts it into photos.
REGIONS: dict[str, dict[Style, float]] = {
    "europe": {style: each for style, each in STYLES.items() if style.patterns is EUROPE or style.dress is _seal},
    "america": {style: each for style, each in STYLES.items() if style.dress is _headline},
    "latin": {style: each for style, each in STYLES.items() if style.dress in (_city, _lintel)},
    "dark": {style: each for style, each in STYLES.items() if style.patterns is DARK_PATTERNS},
    "two-lines": {style: each for style, each in STYLES.items() if style.patterns is TWO_LINES},
}

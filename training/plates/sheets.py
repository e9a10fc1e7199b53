"""What plates and lettering are drawn with: sheets, colours, fonts and random words."""

import random
import string
from dataclasses import dataclass
from pathlib import Path

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


def small(sheet: Sheet, line: str, font: Path, box: tuple[float, float, float, float], ink: Colour) -> None:
    """Write a line into a box x1 y1 x2 y2 of the sheet, centred, as large as fits."""
    x1, y1, x2, y2 = box
    drawn = written(line, font, max(4, int(y2 - y1)), ink, 1.0)
    if drawn.width > x2 - x1:
        drawn = drawn.resize((max(1, int(x2 - x1)), drawn.height), Image.Resampling.BILINEAR)
    sheet.image.paste(drawn, (int((x1 + x2 - drawn.width) / 2), int(y1)), drawn)


SYLLABLES = """
ba be bo ca co da de di do fa fe ga go ha he ho in la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro
sa se si so ta te ti to va ve vi un er en an or ar st tra pro kt sch
""".split()


def word(rng: random.Random) -> str:
    """Return a word that means nothing."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 5)))


def near(colour: Colour, rng: random.Random, spread: int) -> Colour:
    """Return a colour that differs by at most `spread` in each part."""
    red, green, blue = (min(255, max(0, value + rng.randint(-spread, spread))) for value in colour)
    return red, green, blue


def any_colour(rng: random.Random) -> Colour:
    """Return any colour."""
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)


def any_font(rng: random.Random) -> Path:
    """Return one of the machine's fonts."""
    return rng.choice(DRESS_FONTS)


DRESS_FONTS = fonts(Path("/usr/share/fonts"))

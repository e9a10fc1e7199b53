"""Licence plates that tests draw: no package that they install brings a photo of one."""

from PIL import Image, ImageDraw, ImageFont

WIDE, HIGH = 110, 24


def drawn_plate():
    """Return a plate of dark letters on a light ground, WIDE x HIGH, drawn large and made small."""
    wide, high = WIDE * 4, HIGH * 4
    plate = Image.new("RGB", (wide, high), (238, 238, 234))
    pen = ImageDraw.Draw(plate)
    pen.rectangle((4, 4, wide - 4, high - 4), outline=(20, 20, 20), width=4)
    pen.text((wide / 2, high / 2), "KA 52 1874", (15, 15, 20), ImageFont.load_default(high * 0.7), anchor="mm")
    return plate.resize((WIDE, HIGH), Image.Resampling.LANCZOS)

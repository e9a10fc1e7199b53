"""A picture whose one licence plate every installation finds, and a look at what came back of it."""

from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageStat

from veil.adapters.deployment_check.checklist import StepFailedError

SIZE = (640, 480)
PLATE = (255, 316, 385, 344)
# Mean difference of grey values, 0 to 255: the plate's letters against what is drawn, and the noise of JPEG.
CHANGED_FROM = 15.0
UNCHANGED_TO = 5.0
# Far enough from the plate for every margin that hides more than the plate.
_UNTOUCHED = (0, 0, 640, 90)


def draw_picture() -> bytes:
    """Return a JPEG of a car's front with a plate."""
    file = BytesIO()
    draw_car().save(file, "JPEG", quality=90)
    return file.getvalue()


def draw_car() -> Image.Image:
    """Return a car's front with a plate. Drawn, because a photo of a real one would be somebody's."""
    picture = Image.new("RGB", SIZE, (168, 176, 184))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 360, *SIZE), fill=(96, 96, 98))
    pen.rounded_rectangle((128, 144, 512, 384), 30, fill=(60, 80, 120))
    pen.rounded_rectangle((168, 84, 472, 204), 30, fill=(30, 34, 40))
    for left in (148, 432):
        pen.ellipse((left, 224, left + 60, 264), fill=(240, 220, 180))
    pen.rounded_rectangle((170, 297, 470, 397), 12, fill=(24, 26, 28))
    picture.paste(_draw_plate(), PLATE[:2])
    return picture.filter(ImageFilter.GaussianBlur(0.7))


def _draw_plate() -> Image.Image:
    """Return the plate, drawn large and made small: so it looks as one that a camera saw."""
    wide, high = 4 * (PLATE[2] - PLATE[0]), 4 * (PLATE[3] - PLATE[1])
    plate = Image.new("RGB", (wide, high), (238, 238, 234))
    pen = ImageDraw.Draw(plate)
    pen.rounded_rectangle((0, 0, wide - 1, high - 1), high // 10, outline=(20, 20, 20), width=8)
    pen.rectangle((8, 8, 52, high - 8), fill=(0, 51, 153))
    font = ImageFont.load_default(high * 0.85)
    pen.text(((wide + 52) / 2, high / 2), "KA 52 1874", (15, 15, 20), font, anchor="mm")
    return plate.resize((wide // 4, high // 4), Image.Resampling.LANCZOS)


def require_hidden_plate(sent: bytes, returned: bytes) -> None:
    """See that the plate is gone from the file and nothing else is.

    Raises:
        StepFailedError: It is not so; the text says what was seen.
    """
    compare(_read(sent), _read(returned))


def compare(before: Image.Image, after: Image.Image) -> None:
    """See that the plate is gone from the picture and nothing else is.

    Raises:
        StepFailedError: It is not so; the text says what was seen.
    """
    if after.size != before.size:
        raise StepFailedError(f"The result has {after.size} pixels, the picture {before.size}")
    if _difference(before, after, PLATE) < CHANGED_FROM:
        raise StepFailedError("The result still shows the licence plate")
    if _difference(before, after, _UNTOUCHED) > UNCHANGED_TO:
        raise StepFailedError("The result is another picture than the one that was sent")


def _read(content: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(content)).convert("RGB")
    except OSError:
        raise StepFailedError("The result is no picture") from None


def _difference(before: Image.Image, after: Image.Image, box: tuple[int, int, int, int]) -> float:
    greys = (each.crop(box).convert("L") for each in (before, after))
    return ImageStat.Stat(ImageChops.difference(*greys)).mean[0]

"""What must not be in a published file, whatever its format."""

from veil_vision.image.containers import sniff_format
from veil_vision.image.header import Buffer
from veil_vision.image.kinds import ImageFormat
from veil_vision.verify import jpeg_leaks, png_leaks


def scan(data: Buffer) -> tuple[str, ...]:
    """Name everything in a finished file that a published image must not contain; empty means clean.

    Allowed is only what Veil itself writes: pixels, and a colour profile and EXIF that are byte for
    byte what `write_profile` and `write_exif` make of the values in them, so no unknown tag and no thumbnail fits in.
    """
    view = memoryview(data)
    found = sniff_format(view[:8])
    if found is None:
        return ("neither a JPEG nor a PNG image",)
    return jpeg_leaks.scan(view) if found is ImageFormat.JPEG else png_leaks.scan(view)

"""How a panorama lies on the sphere around the camera: the few numbers that 360 degree viewers need, and no others.

Google's Photo Sphere XMP; read without an XML parser, since nothing but these numbers is taken over.
"""

import re
from dataclasses import astuple, dataclass

_PROJECTION = "equirectangular"
_LONGEST_SIDE = 1_000_000
_PROPERTY = re.compile(rb"""GPano:(\w{1,40})\s*(?:=\s*["']([^"']{1,40})["']|>([^<]{1,40})<)""")
_NAMES = (
    "FullPanoWidthPixels", "FullPanoHeightPixels", "CroppedAreaImageWidthPixels", "CroppedAreaImageHeightPixels",
    "CroppedAreaLeftPixels", "CroppedAreaTopPixels",
)  # fmt: skip
_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"'
    ' GPano:UsePanoramaViewer="True" GPano:ProjectionType="{projection}"{numbers}/></rdf:RDF></x:xmpmeta>'
)


@dataclass(frozen=True, slots=True)
class Panorama:
    """Where an equirectangular picture lies in the whole sphere, in its own pixels."""

    full_width: int
    full_height: int
    width: int
    height: int
    left: int
    top: int

    @property
    def is_full_turn(self) -> bool:
        """Whether its right edge continues at its left one."""
        return self.width == self.full_width

    def fits(self, *, width: int, height: int) -> bool:
        """Tell whether this can be said of a picture of a size."""
        inside = self.left + width <= self.full_width and self.top + height <= self.full_height
        return (
            (self.width, self.height) == (width, height)
            and inside
            and max(self.full_width, self.full_height) <= _LONGEST_SIDE
        )


def read_panorama(xmp: bytes) -> Panorama | None:
    """Return what an XMP packet says, or None where it describes no panorama that a viewer could show."""
    found = {name.decode(): (value or content).strip() for name, value, content in _PROPERTY.findall(xmp)}
    if found.get("ProjectionType") != _PROJECTION.encode():
        return None
    numbers = [found.get(name, b"") for name in _NAMES]
    return Panorama(*map(int, numbers)) if all(number.isdigit() for number in numbers) else None


def write_panorama(panorama: Panorama) -> bytes:
    """Return a fresh XMP packet; equal panoramas make equal bytes."""
    pairs = zip(_NAMES, astuple(panorama), strict=True)
    numbers = "".join(f' GPano:{name}="{number}"' for name, number in pairs)
    return _PACKET.format(projection=_PROJECTION, numbers=numbers).encode()


def is_own_xmp(xmp: bytes, *, width: int, height: int) -> bool:
    """Tell whether a packet is byte for byte what `write_panorama` makes of what it says of a picture of this size."""
    found = read_panorama(xmp)
    return found is not None and found.fits(width=width, height=height) and write_panorama(found) == xmp

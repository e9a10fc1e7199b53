"""What kinds of picture files there are, told by their first bytes: names and suffixes lie."""

from collections.abc import Mapping
from enum import StrEnum

SNIFFED_BYTES = 32


class ImageFormat(StrEnum):
    """The image formats Veil writes."""

    JPEG = "jpeg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """The MIME type, as in an HTTP Content-Type header."""
        return f"image/{self.value}"


class PictureKind(StrEnum):
    """A picture file's kind, by the name that people know it by."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    AVIF = "AVIF"
    JPEG_2000 = "JPEG 2000"
    TIFF = "TIFF"
    BMP = "BMP"
    GIF = "GIF"
    HEIC = "HEIC"
    JPEG_XL = "JPEG XL"
    RAW = "raw camera file"
    PHOTOSHOP = "Photoshop file"

    @property
    def result(self) -> ImageFormat | None:
        """The format of its result; None where Veil does not read the kind.

        Only JPEG and PNG are written, since only in them the gate knows every byte. What lost detail when it was made
        becomes a JPEG, what did not becomes a PNG.
        """
        return _RESULTS.get(self)

    @property
    def remedy(self) -> str:
        """What a person can do with a file of a kind that Veil does not read."""
        return _REMEDIES[self]


_RESULTS: Mapping[PictureKind, ImageFormat] = {
    PictureKind.JPEG: ImageFormat.JPEG,
    PictureKind.WEBP: ImageFormat.JPEG,
    PictureKind.AVIF: ImageFormat.JPEG,
    PictureKind.JPEG_2000: ImageFormat.JPEG,
    PictureKind.PNG: ImageFormat.PNG,
    PictureKind.TIFF: ImageFormat.PNG,
    PictureKind.BMP: ImageFormat.PNG,
    PictureKind.GIF: ImageFormat.PNG,
}
_REMEDIES: Mapping[PictureKind, str] = {
    PictureKind.HEIC: "export it as JPEG (an iPhone takes JPEGs by Settings, Camera, Formats, Most Compatible)",
    PictureKind.JPEG_XL: "convert it to JPEG or PNG, by djxl for example, which undoes what was packed from a JPEG",
    PictureKind.RAW: "develop it to JPEG or to a TIFF of 8 or 16 bits, or take the JPEG that lies beside it",
    PictureKind.PHOTOSHOP: "save it as PNG or TIFF",
}
_STARTS: Mapping[bytes, PictureKind] = {
    b"\xff\xd8\xff": PictureKind.JPEG,
    b"\x89PNG\r\n\x1a\n": PictureKind.PNG,
    b"GIF87a": PictureKind.GIF,
    b"GIF89a": PictureKind.GIF,
    b"BM": PictureKind.BMP,
    b"\0\0\0\x0cjP  \r\n\x87\n": PictureKind.JPEG_2000,
    b"\xff\x4f\xff\x51": PictureKind.JPEG_2000,
    b"\0\0\0\x0cJXL \r\n\x87\n": PictureKind.JPEG_XL,
    b"\xff\x0a": PictureKind.JPEG_XL,
    b"8BPS": PictureKind.PHOTOSHOP,
    b"FUJIFILMCCD-RAW": PictureKind.RAW,
    b"IIRO": PictureKind.RAW,
    b"IIRS": PictureKind.RAW,
    b"IIU\0": PictureKind.RAW,
    b"II*\0": PictureKind.TIFF,
    b"MM\0*": PictureKind.TIFF,
    b"II+\0": PictureKind.TIFF,
    b"MM\0+": PictureKind.TIFF,
}
# ISO/IEC 14496-12 file types: the brand decides.
_BRANDS: Mapping[bytes, PictureKind] = {
    b"avif": PictureKind.AVIF,
    b"avis": PictureKind.AVIF,
    b"heic": PictureKind.HEIC,
    b"heix": PictureKind.HEIC,
    b"heim": PictureKind.HEIC,
    b"heis": PictureKind.HEIC,
    b"hevc": PictureKind.HEIC,
    b"mif1": PictureKind.HEIC,
    b"msf1": PictureKind.HEIC,
    b"crx ": PictureKind.RAW,
}
# A bitmap's header has a size of its own (4 bytes at 14); two letters alone begin many a text.
_BITMAP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def kind_of(head: bytes) -> PictureKind | None:
    """Return the kind of file that starts with these bytes (`SNIFFED_BYTES` of them), or None for no picture."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PictureKind.WEBP
    if head[4:8] == b"ftyp":
        brands = [head[8:12], *(head[start : start + 4] for start in range(16, len(head), 4))]
        # Files of the common brand `mif1` name their coding among the compatible brands.
        return max((_BRANDS[brand] for brand in brands if brand in _BRANDS), key=_is_avif, default=None)
    if head[8:10] == b"CR" and head[:4] == b"II*\0":
        return PictureKind.RAW
    kind = next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)
    is_text = kind is PictureKind.BMP and int.from_bytes(head[14:18], "little") not in _BITMAP_HEADERS
    return None if is_text else kind


def _is_avif(kind: PictureKind) -> bool:
    return kind is PictureKind.AVIF

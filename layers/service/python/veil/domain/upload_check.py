"""Whether an upload is queued at all, by its first bytes, its declaration and its size."""

from typing import NamedTuple

from veil.domain.causes import FailureCause
from veil.domain.media import MediaType, Upload, UploadLimits, sniff_media_type, video_pixels

# Types that say nothing: clients without a choice of their own send them, so the bytes decide.
UNDECLARED_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})
# Non-standard names that vendor clients send (contracts/celantur.md C.2), and other names of videos.
ALIASES = frozenset({
    "image/jpg", "image/pjpeg", "image/x-png", "video/avi", "video/msvideo", "video/matroska", "video/x-m4v",
    "video/3gpp", "video/mpeg",
})  # fmt: skip
TAKEN = ", ".join(MediaType)
LONGEST_QUOTED = 60
MEGA = 1_000_000

# Kinds that people send most, each by bytes at a place: who reads the name knows what to do.
_OTHER_KINDS = (
    ("GIF", 0, b"GIF8"),
    ("WebP", 8, b"WEBP"),
    ("TIFF or raw camera", 0, b"II*\0"),
    ("TIFF or raw camera", 0, b"MM\0*"),
    ("BMP", 0, b"BM"),
    ("JPEG XL", 0, b"\xff\x0a"),
    ("JPEG XL", 4, b"JXL "),
    ("JPEG 2000", 4, b"jP  "),
    ("HEIC", 4, b"ftyphei"),
    ("HEIC", 4, b"ftypmif1"),
    ("AVIF", 4, b"ftypavi"),
    ("PDF", 0, b"%PDF"),
)


class Refusal(NamedTuple):
    """Why an upload is not queued.

    Attributes:
        reason: What exactly is wrong and what to do, for people: a clause, as the anonymizer's reasons are.
    """

    cause: FailureCause
    reason: str

    @property
    def sentence(self) -> str:
        """The reason as a sentence of its own."""
        return f"{self.reason[:1].upper()}{self.reason[1:]}."


def check_upload(upload: Upload, limits: UploadLimits) -> MediaType | Refusal:
    """Return the type of an upload that is worked on, or why it is not."""
    agreed = agree_on_type(upload.declared_type, upload.head)
    if isinstance(agreed, Refusal) or limits.admit(upload, agreed):
        return agreed
    if agreed.is_video:
        return Refusal(FailureCause.IMAGE_TOO_LARGE, _why_too_long(upload, limits))
    pixels = f" and {upload.pixels} pixels" if upload.pixels else ""
    most = f"{limits.max_bytes} bytes and {limits.max_pixels} pixels"
    reason = f"the file has {upload.size_bytes} bytes{pixels}; the limits are {most}"
    return Refusal(FailureCause.IMAGE_TOO_LARGE, reason)


def _why_too_long(upload: Upload, limits: UploadLimits) -> str:
    if limits.max_video_pixels is None or upload.size_bytes > limits.max_video_bytes:
        return f"the video has {upload.size_bytes} bytes; the limit is {limits.max_video_bytes} bytes"
    megapixels = video_pixels(upload.pixels, upload.size_bytes) // MEGA
    about = "" if upload.pixels else "about "
    return (
        f"the frames of the video have {about}{megapixels} megapixels together; "
        f"this installation takes videos of up to {limits.max_video_pixels // MEGA}"
    )


def agree_on_type(declared: str, head: bytes) -> MediaType | Refusal:
    """Return the type of an upload, or why its declaration or its bytes rule it out.

    A missing or meaningless declaration leaves the word to the bytes; a declared type must be
    one that is anonymized, and the bytes decide which one it is (contracts/celantur.md A.7). What was declared as such
    a type and is no file that anybody knows is a defect.
    """
    name = declared.partition(";")[0].strip().lower()
    is_known = name in ALIASES or name in set(MediaType)
    if not is_known and name not in UNDECLARED_TYPES:
        shown = name.encode("ascii", "replace").decode()[:LONGEST_QUOTED]
        return Refusal(FailureCause.CONTENT_TYPE_ERROR, f"the file was declared as {shown!r}; taken are {TAKEN}")
    return sniff_media_type(head) or _refusal_of(head, is_known)


def _refusal_of(head: bytes, is_known: bool) -> Refusal:
    if other := next((kind for kind, place, mark in _OTHER_KINDS if head[place:].startswith(mark)), None):
        reason = f"the file is of the kind {other}; export it as JPEG or PNG"
        return Refusal(FailureCause.CONTENT_TYPE_ERROR, reason)
    cause = FailureCause.IMAGE_DEFECT if is_known else FailureCause.CONTENT_TYPE_ERROR
    return Refusal(cause, "the file is empty" if not head else "the file is no JPEG, no PNG and no video that is read")

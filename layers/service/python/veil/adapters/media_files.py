"""What kind of picture or video a file is, told by its first bytes."""

from pathlib import Path

from veil_vision.image.kinds import SNIFFED_BYTES, ImageFormat, kind_of
from veil_vision.video.kinds import SNIFFED_BYTES as SNIFFED_OF_VIDEO
from veil_vision.video.kinds import kind_of_video
from veil_vision.video.results import Encoder, container_for

_SUFFIXES = {ImageFormat.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"), ImageFormat.PNG: (".png",)}
_SUFFIXES_OF_VIDEOS = {"mp4": (".mp4", ".m4v"), "mov": (".mov",), "matroska": (".mkv",)}


def result_suffixes(file: Path, encoder: str) -> tuple[str, ...] | None:
    """Return the suffixes that fit a file's result, the usual one first; None where it is no picture and no video.

    A picture of a kind that Veil does not read has no result, so no suffix either.

    Args:
        file: What the result is made of.
        encoder: What codes the pictures of a video, as FFmpeg names it.

    Raises:
        OSError: The file cannot be read.
    """
    head = _head(file)
    kind = kind_of(head[:SNIFFED_BYTES])
    if kind is not None:
        return _SUFFIXES[kind.result] if kind.result else ()
    video = kind_of_video(head)
    return _SUFFIXES_OF_VIDEOS[container_for(Encoder(encoder), video.container)] if video else None


def is_video(file: Path) -> bool:
    """Tell whether a file is a video by its first bytes.

    Raises:
        OSError: The file cannot be read.
    """
    head = _head(file)
    return kind_of(head[:SNIFFED_BYTES]) is None and kind_of_video(head) is not None


def _head(file: Path) -> bytes:
    with file.open("rb") as content:
        return content.read(SNIFFED_OF_VIDEO)

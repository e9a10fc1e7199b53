"""What codes a result, and what kind of file it is then."""

from enum import StrEnum


class Encoder(StrEnum):
    """What writes the pictures of a result, as FFmpeg names it (decision 0023)."""

    X264 = "libx264"
    AV1 = "libsvtav1"
    VP9 = "libvpx-vp9"
    NVENC = "h264_nvenc"


# What no QuickTime file holds.
_NOT_IN_QUICKTIME = frozenset({Encoder.AV1, Encoder.VP9})


def container_for(encoder: Encoder, container: str) -> str:
    """Return the muxer of what an encoder writes: MP4 where the one that the source asks for does not hold it."""
    return "mp4" if container == "mov" and encoder in _NOT_IN_QUICKTIME else container

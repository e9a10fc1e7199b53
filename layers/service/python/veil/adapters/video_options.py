"""What a deployment decides about videos, apart from all that works on them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """What a deployment decides about videos.

    Attributes:
        encoder: Which program codes the results, as FFmpeg names it.
        workers: Threads that look and paint, for one video.
        check_every: See `Policy.check_every`, for policies that leave it open.
    """

    encoder: str = "libx264"
    workers: int = 1
    check_every: int = 25

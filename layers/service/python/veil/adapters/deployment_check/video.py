"""A clip of the drawn car, and a look at what came back of it."""

from io import BytesIO

import av
import numpy as np
from PIL import Image

from veil.adapters.deployment_check.checklist import StepFailedError
from veil.adapters.deployment_check.picture import SIZE, compare, draw_car

FRAMES, RATE = 6, 12
_BIT_RATE = 8_000_000


def draw_video() -> bytes:
    """Return an MP4 of half a second in which the car stands."""
    file, car = BytesIO(), np.asarray(draw_car())
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", _BIT_RATE
        for _ in range(FRAMES):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(car, format="rgb24")))
        out.mux(stream.encode(None))
    return file.getvalue()


def require_hidden_plates(sent: bytes, returned: bytes) -> None:
    """See that the plate is gone from every frame and nothing else is.

    Raises:
        StepFailedError: It is not so; the text says what was seen.
    """
    before, after = _frames(sent), _frames(returned)
    if len(after) != len(before):
        raise StepFailedError(f"The result has {len(after)} frames, the video {len(before)}")
    for was, now in zip(before, after, strict=True):
        compare(was, now)


def _frames(content: bytes) -> list[Image.Image]:
    try:
        with av.open(BytesIO(content), "r") as file:
            return [Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]
    except (av.FFmpegError, IndexError):
        raise StepFailedError("The result is no video") from None

"""Video files with known content, made where a test needs them: a red mark that moves over a quiet picture."""

from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np
from av.codec.context import Flags

SIZE, RATE, FRAMES = (160, 96), 25, 12
TAGS = {"title": "Holiday of Jane Doe", "location": "+48.2082+016.3738/", "comment": "taken at Jane's house"}
ROTATE_90 = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def picture(number, size=SIZE, *, mark=True):
    """RGB of a frame: stripes, and a red mark of 24 pixels that moves by three a frame."""
    pixels = _stripes(size).copy()
    if mark:
        x1, y1, x2, y2 = place(number)
        pixels[y1:y2, x1:x2] = (255, 0, 0)
    return pixels


@cache
def _stripes(size):
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows % 32 + 100, columns % 32 + 110, (rows + columns) % 32 + 120], axis=-1).astype(np.uint8)


def place(number):
    """Where the mark is in a frame, xyxy."""
    return 16 + 3 * number, 24, 40 + 3 * number, 48


def make_clip(
    path,
    *,
    frames=FRAMES,
    size=SIZE,
    codec="libx264",
    pixel_format="yuv420p",
    container=None,
    times=None,
    held=0,
    marked=None,
    still=False,
    matrix=None,
    pixel_aspect=None,
    audio=None,
    seconds_of_audio=None,
    audio_rate=48000,
    subtitle=False,
    tags=None,
    options=None,
    colours=None,
    index_first=False,
    hidden=0,
    attachment=None,
    interlaced=False,
):
    """Write a clip and return its path.

    `times` are in thousandths of a second, and `held`, how long the last frame is shown after them; `marked` names the
    frames that show the mark, all unless given; `still` repeats the first picture; `audio` is the name of an encoder,
    whose stream holds a tone as long as the pictures, or of `seconds_of_audio`;
    `index_first` is for MP4. The first `hidden` frames lie before an edit list's beginning; `attachment` is the content
    of a file that goes along, for Matroska.
    """
    flags = {"movflags": "+faststart"} if index_first else {}
    with av.open(str(path), "w", format=container, container_options=flags) as out:
        stream = out.add_stream(codec, rate=RATE, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        clock = Fraction(1, 1000 if times else RATE)
        stream.codec_context.time_base = clock
        stream.set_display_matrix(matrix)
        if pixel_aspect:
            stream.sample_aspect_ratio = pixel_aspect
        for name, value in (colours or {}).items():
            setattr(stream.codec_context, name, value)
        tone = out.add_stream(audio, rate=audio_rate, layout="mono") if audio else None
        words = out.add_mux_stream("mov_text") if subtitle else None
        out.metadata.update(tags or {})
        if attachment:
            out.add_attachment("cover.jpg", "image/jpeg", attachment)
        if interlaced:
            stream.codec_context.flags |= Flags.interlaced_dct | Flags.interlaced_me
        for number in range(frames):
            pixels = picture(0 if still else number, size, mark=marked is None or number in marked)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = times[number] if times else number - hidden, clock
            out.mux(stream.encode(frame))
        out.mux(_held(stream.encode(None), held, clock))
        if tone:
            _sing(out, tone, frames / RATE if seconds_of_audio is None else seconds_of_audio, audio_rate)
        if words:
            _say(out, words)
    return path


def make_ride(path, face, *, frames=6, height=240):
    """Write a clip in which a picture of a face, square, moves to the right, every eleven frames anew."""
    small = cv2.resize(face, (height, height), interpolation=cv2.INTER_AREA)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, height, "yuv420p"
        for number in range(frames):
            pixels = np.full((height, 320, 3), 120, np.uint8)
            left = 8 * (number % 11)
            pixels[:, left : left + height] = small
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def frames_of(path):
    """Return the RGB frames of a video as a player would show them, but for the display matrix."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def times_of(path):
    """Return when each frame is shown, in seconds from the first one."""
    with av.open(str(path)) as container:
        seconds = [frame.time for frame in container.decode(video=0)]
    return [each - seconds[0] for each in seconds]


def audio_packets_of(path):
    """Return what the packets of the first audio stream hold that a player plays."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size and not packet.is_discard]


def _held(packets, held, clock):
    if held:
        packets[-1].duration = round(held * clock / packets[-1].time_base)
    return packets


def _sing(out, stream, seconds, rate):
    length = round(seconds * rate)
    wave = (np.sin(np.arange(length) / 20) * 0.5).astype(np.float32)
    for first in range(0, length, 1024):
        part = wave[first : first + 1024][None]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _say(out, stream):
    text = b"Jane Doe speaks"
    packet = av.Packet(len(text).to_bytes(2, "big") + text)
    packet.stream, packet.pts, packet.dts, packet.duration = stream, 0, 0, 200
    packet.time_base = Fraction(1, 1000)
    out.mux(packet)

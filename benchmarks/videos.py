"""What a video costs: `veil anonymize` against deface on the same clip, and against decoding and encoding alone.

Veil looks at every frame (with `fast` at every second), links what it sees in both directions, reads the finished file
and looks at some of it again; deface looks at each frame by itself and checks nothing. Both look at the same size.

    .venv/bin/python -m benchmarks.videos [--clip ride.mp4] [--seconds 4] [--grain 3]
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.images import QUIETLY
from benchmarks.measure import Cost, of_command
from benchmarks.photos import crowd

PEER = Path(".venv-bench/bin/deface")
VEIL = Path(sys.executable).with_name("veil")
RATE, WIDTH, HEIGHT = 25, 1920, 1080
# So many pictures of grain follow each other again and again.
GRAINS = 12
# Decodes a clip and encodes it as Veil does, and does nothing else.
_FLOOR = """
import sys
from pathlib import Path
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.frames import writable
from veil_vision.video.probe import probe
from veil_vision.video.reader import read_frames
from veil_vision.video.writer import VideoWriter
source, target = Path(sys.argv[1]), Path(sys.argv[2])
facts = probe(source)
with VideoWriter(target, source, facts, EncoderSettings(), AudioPolicy.DROP) as writer:
    for frame in read_frames(source):
        writer.write(writable(frame.picture, writer.pixel_format, writer.size, facts.colours), frame.time, frame.lasts)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, help="a video of your own; by default a camera goes over a drawn crowd")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the drawn clip")
    grain = "standard deviation of noise that is new in every frame, in levels of 255; 3 is a camera's indoors"
    parser.add_argument("--grain", type=float, default=0.0, help=grain)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        clip = asked.clip or draw(Path(folder, "clip.mp4"), round(asked.seconds * RATE), grain=asked.grain)
        report(clip, Path(folder))


def draw(path: Path, frames: int, *, grain: float = 0.0) -> Path:
    """Write a clip in 1080p in which a camera goes over a crowd, with a keyframe in every second as of cameras."""
    picture = crowd(width=WIDTH + frames * 4, height=HEIGHT, columns=6, rows=3)
    chance = np.random.default_rng(1)
    noise = [chance.normal(0, grain, (HEIGHT, WIDTH, 1)).astype(np.float32) for _ in range(GRAINS)] if grain else []
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "veryfast", "g": str(RATE)})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(frames):
            view = np.ascontiguousarray(picture[:, 4 * number : 4 * number + WIDTH])
            if noise:
                view = (view + noise[number % GRAINS]).clip(0, 255).astype(np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def report(clip: Path, folder: Path) -> None:
    """Print what each way to handle a clip costs, and how many times the floor that is."""
    commands: dict[str, list[str | Path]] = {
        "decode and encode alone": [sys.executable, "-c", _FLOOR, clip, folder / "floor.mp4"],
        **{
            f"veil, {profile}": [VEIL, "anonymize", clip, "-o", folder / profile, "--profile", profile]
            for profile in ("fast", "balanced")
        },
    }
    if PEER.exists():
        commands["deface"] = [
            *QUIETLY,
            PEER,
            clip,
            "-o",
            folder / "deface.mp4",
            "--scale",
            "1280x720",
            "--backend",
            "onnxrt",
        ]
    costs = {name: of_command(command) for name, command in commands.items()}
    _print(costs, clip)


def _print(costs: dict[str, Cost], clip: Path) -> None:
    console, floor = Console(), costs["decode and encode alone"]
    table = Table("what", "CPU-s", "times the floor", "s", "MB", title=f"{clip.name}, process start included")
    for name, cost in costs.items():
        ratio = f"{cost.cpu_seconds / floor.cpu_seconds:.1f}"
        table.add_row(name, f"{cost.cpu_seconds:.1f}", ratio, f"{cost.wall_seconds:.1f}", f"{cost.peak_mb:.0f}")
    console.print(table)
    if not PEER.exists():
        console.print(f"The peer is not installed ({PEER}); `make bench` installs it.")


if __name__ == "__main__":
    main()

"""How long a video lasts, asked of a process of its own: a file that nobody has checked may end whoever reads it.

The time stamps of its pictures tell. What its head says of its length nothing else depends on, so it may say anything,
and Matroska says it of the sound as well.
"""

import subprocess
import sys
from pathlib import Path

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError

# All of 4 GiB is read, perhaps from a slow disk that others use.
_PATIENCE_SECONDS = 300
# What phones film at most. Time stamps can be written closer together for the way here, and apart again afterwards.
MOST_FRAMES_A_SECOND = 240


class VideoLengths:
    """Measures videos."""

    def seconds(self, file: Path) -> float:
        """Return how long the video's pictures last, but no less than they do at `MOST_FRAMES_A_SECOND`.

        Raises:
            AnonymizationError: It cannot be read.
        """
        command = [sys.executable, "-m", "veil.adapters.video_length", str(file)]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=True)  # noqa: S603  # our own module
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise AnonymizationError(FailureCause.IMAGE_DEFECT, "The video cannot be read.") from error
        return float(ran.stdout)


def main(file: Path) -> None:
    """Print the seconds."""
    from veil_vision.video.packets import packets_of, time_base_of
    from veil_vision.video.probe import probe
    from veil_vision.video.reader import head_tells, opened, pictures_of

    probe(file)
    first, end, frames = sys.maxsize, 0, 0
    with opened(file, first_frames=not head_tells(file)) as container:
        stream = pictures_of(container)
        for packet in packets_of(container, stream):
            shown = packet.dts if packet.pts is None else packet.pts
            if shown is not None and not packet.is_discard:
                first, end, frames = min(first, shown), max(end, shown + (packet.duration or 0)), frames + 1
        lasts = max(0, end - first) * time_base_of(stream)
    sys.stdout.write(f"{max(float(lasts), frames / MOST_FRAMES_A_SECOND)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

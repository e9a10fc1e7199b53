"""How long a video lasts, asked of a process of its own: a file that nobody has checked may end whoever reads it."""

import subprocess
import sys
from pathlib import Path

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError

_PATIENCE_SECONDS = 120


class VideoLengths:
    """Measures videos."""

    def seconds(self, file: Path) -> float:
        """Return how long the video lasts, as far as it tells; 0 where it does not.

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
    from veil_vision.video.probe import probe

    facts = probe(file)
    counted = float(facts.frames / facts.rate) if facts.rate else 0.0
    sys.stdout.write(f"{facts.seconds or counted}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

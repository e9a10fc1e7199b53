"""Memory does not grow with a video's length: the peak of a process that anonymizes 4K, and thrice as much of it."""

import subprocess
import sys

import pytest

from tests import clips

UHD = (3840, 2160)
# What the allocator and the encoder's threads may differ by from run to run.
SPARE = 1.15
MOST_MEBIBYTES = 1536
PEAK_OF_CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_mebibytes(clip, models):
    """The most memory that `veil anonymize` takes for a clip, in MiB."""
    command = [
        "-c",
        "from veil.cli import main; main()",
        "anonymize",
        str(clip),
        "--profile",
        "fast",
        "--jobs",
        "1",
        "--models",
        str(models),
    ]
    run = [sys.executable, "-c", PEAK_OF_CHILD, sys.executable, *command]
    told = subprocess.run(run, capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


@pytest.mark.slow
def test_a_video_three_times_as_long_takes_no_more_memory(tmp_path, models):
    short, long = (
        clips.make_clip(tmp_path / f"{frames}.mp4", frames=frames, size=UHD, options={"preset": "ultrafast"})
        for frames in (40, 120)
    )

    peaks = peak_mebibytes(short, models), peak_mebibytes(long, models)

    assert peaks[1] <= SPARE * peaks[0], peaks
    assert max(peaks) < MOST_MEBIBYTES, peaks

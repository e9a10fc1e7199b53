"""Damaged WebP, AVIF, JPEG 2000, TIFF, BMP and GIF files take no more memory than a picture of their size may."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "damage_other_kinds.py"
FAULTS = {"read", "DefectiveImageError", "UnsupportedImageError", "ImageTooLargeError"}


@pytest.mark.parametrize(("count", "mode"), [(1000, "decode"), pytest.param(4000, "anonymize", marks=pytest.mark.slow)])
def test_every_damaged_file_is_read_or_refused_within_its_memory(repository, count, mode, face_detector):
    run = subprocess.run(
        [sys.executable, PROGRAM, str(count), mode], cwd=repository, capture_output=True, text=True, timeout=280
    )

    assert run.returncode == 0, run.stderr[-2000:]
    ended = json.loads(run.stdout)
    assert sum(ended.values()) == count
    assert ended.keys() <= FAULTS
    assert min(ended["read"], ended["DefectiveImageError"]) > count / 20

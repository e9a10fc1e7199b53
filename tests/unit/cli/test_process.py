"""What only a real process shows: what it loads, what a terminal sees, what a kill leaves behind."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import clips

VEIL = Path(sys.executable).with_name("veil")
HEAVY = {"argon2", "aws_lambda_powertools", "cv2", "numpy", "onnxruntime", "PIL", "sqlite3", "starlette"}


def test_the_installed_command_tells_its_version():
    ran = subprocess.run([VEIL, "--version"], capture_output=True, text=True, check=True, timeout=60)

    assert ran.stdout.startswith("veil ")


def test_help_comes_at_once_because_nothing_heavy_is_loaded_for_it():
    program = """
import contextlib, sys
from veil.cli import main
for command in [], ["anonymize"], ["serve"], ["users", "add"]:
    with contextlib.suppress(SystemExit):
        main([*command, "--help"])
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert ran.stdout.count("Usage: ") == 4
    assert HEAVY & set(ran.stderr.split()) == set()


@pytest.mark.usefixtures("face_detector")
def test_a_photo_loads_nothing_that_only_videos_and_downloads_need(tmp_path, photo):
    (tmp_path / "photo.jpg").write_bytes(photo)
    program = """
import contextlib, sys
from veil.cli import main
with contextlib.suppress(SystemExit):
    main(["anonymize", "photo.jpg", "--masks", "--profile", "fast"])
print(*sorted({"av", "http.client", "numpy.ma"} & set(sys.modules)), file=sys.stderr)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )

    assert "1 done" in ran.stdout
    assert ran.stderr.splitlines()[1:] == [""]


def test_a_password_typed_at_a_terminal_is_not_shown(tmp_path):
    ours, theirs = pty.openpty()
    command = [VEIL, "users", "add", "ana", "--data", tmp_path / "d"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)

    seen = read_until(ours, b"Password: ")
    os.write(ours, b"correct horse battery\n")
    seen += read_until(ours, b"confirmation: ")
    os.write(ours, b"correct horse battery\n")
    seen += read_until(ours, b"was created.")
    code = process.wait(60)
    os.close(ours)

    assert code == 0
    assert b"horse" not in seen


def read_until(terminal, words):
    seen = b""
    while words not in seen:
        seen += os.read(terminal, 1024)
    return seen


@pytest.mark.usefixtures("face_detector")
def test_a_kill_in_the_middle_leaves_whole_files_only_and_the_next_run_finishes(veil, tmp_path, photo):
    for number in range(5):
        file = tmp_path / "in" / f"{number:02}.jpg"
        file.parent.mkdir(exist_ok=True)
        # A comment makes every file another one, so that a mix-up would show.
        file.write_bytes(photo[:2] + b"\xff\xfe\x00\x03" + bytes([number]) + photo[2:])
    arguments = ["anonymize", "in", "--masks", "--profile", "fast", "--jobs", "2", "-o"]
    command = [VEIL, *arguments]
    veil(*arguments, "whole")
    whole = results_in(tmp_path / "whole")

    process = subprocess.Popen([*command, "out"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Two work at once, and each notes what it did before it goes on: with three results one at least is noted.
    signal_once(process, signal.SIGKILL, lambda: len(list((tmp_path / "out").glob("*.jpg"))) >= 3)
    process.wait(60)
    assert results_in(tmp_path / "out").items() <= whole.items()
    finished = subprocess.run([*command, "out"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120)

    assert results_in(tmp_path / "out") == whole
    assert "0 failed" in finished.stdout
    assert " 0 skipped" not in finished.stdout


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory, face_detector, astronaut):
    """A folder with a video of one face and what was found in it."""
    folder = tmp_path_factory.mktemp("looked at")
    # Long enough not to be done before a busy machine lets anybody send a signal.
    clips.make_ride(folder / "ride.mp4", astronaut[:256, 96:352], frames=60)
    command = [VEIL, "anonymize", "ride.mp4", "--metadata", "-o", "seen", "--profile", "fast"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "a closed terminal"])
@pytest.mark.parametrize(
    ("command", "result"),
    [(["anonymize"], "."), (["render", "seen/ride.mp4.findings.json.gz"], "again.mp4")],
    ids=["anonymize", "render"],
)
def test_whatever_stops_the_work_leaves_nothing_that_was_not_checked(looked_at, tmp_path, command, result, number):
    arguments = [VEIL, command[0], "ride.mp4", *command[1:], "-o", tmp_path / result]

    process = subprocess.Popen(arguments, cwd=looked_at, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    signal_once(process, number, lambda: list(tmp_path.glob(".veil-scratch-*")))
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130, told
    assert {each.name for each in tmp_path.rglob("*") if each.is_file()} <= {".veil-manifest.jsonl"}


def results_in(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir() if not each.name.startswith(".")}


def signal_once(process, number, is_time):
    deadline = time.monotonic() + 60
    while process.poll() is None and not is_time() and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(number)

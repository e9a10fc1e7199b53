"""The watch sees what it should see: a guard that sees nothing proves nothing."""

import sys

import pytest

import veil_vision

LOOKS_UP = "import socket; socket.getaddrinfo('example.invalid', 80)"
SPEAKS = {
    "by connect": "socket.create_connection(('192.0.2.1', 80))",
    "by sendto": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 80))",
    "by sendmsg": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 80))",
}
MAPPED = "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('::ffff:192.0.2.1', 80))"
# A thread of its own writes and speaks, its first look-up some seconds after a network was opened.
RUNTIME = """
import pathlib, sys, time, onnxruntime
onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
end = time.monotonic() + 60
while time.monotonic() < end and not list(pathlib.Path.home().rglob(sys.argv[2])):
    time.sleep(0.05)
"""


def test_a_look_up_of_a_name_is_seen_and_refused(watch):
    done = watch.run(sys.executable, "-c", LOOKS_UP)

    assert {to.partition(" ")[2] for to in watch.spoken_to()} == {"53"}
    assert "gaierror" in done.stderr


@pytest.mark.parametrize("way", SPEAKS)
def test_whoever_speaks_to_another_machine_is_seen_and_refused(watch, way):
    done = watch.run(sys.executable, "-c", f"import socket; {SPEAKS[way]}")

    assert watch.spoken_to() == ["192.0.2.1 80"]
    assert "Network is unreachable" in done.stderr


def test_an_old_address_in_a_new_one_is_seen_too(watch):
    watch.run(sys.executable, "-c", f"import socket; {MAPPED}")

    assert watch.spoken_to() == ["192.0.2.1 80"]


def test_a_process_of_a_process_is_seen_too(watch):
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LOOKS_UP!r}])"

    watch.run(sys.executable, "-c", child)

    assert watch.spoken_to()


def test_what_stays_on_this_machine_is_written_down_and_let_through(watch):
    talk = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"

    done = watch.run(sys.executable, "-c", talk)

    assert [to.partition(" ")[0] for to in watch.spoken_to()] == ["127.0.0.1"]
    assert done.returncode == 0


def test_a_runtime_that_was_not_told_leaves_a_device_id(watch, yunet):
    watch.run(sys.executable, "-c", RUNTIME, yunet, "deviceid")

    assert any(name.endswith("deviceid") for name in watch.written())


@pytest.mark.slow
def test_a_runtime_that_was_not_told_asks_for_a_name(watch, yunet):
    watch.run(sys.executable, "-c", RUNTIME, yunet, "nothing that is written")

    assert "53" in {to.partition(" ")[2] for to in watch.spoken_to()}


@pytest.fixture
def yunet():
    """The file of a network that comes with Veil."""
    return f"{veil_vision.__path__[0]}/models/weights/yunet.onnx"

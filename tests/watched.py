"""`python tests/watched.py LOG COMMAND...`: run a command, write down whom it speaks to, let nobody outside hear it.

Linux asks this process about every call by which the command, or a process that it starts, names an address. Each
address of a network is a line of LOG; one that leads off this machine, or to port 53, where resolvers listen, is
refused as if the network were down. It needs no right and no package: a seccomp filter with user notification.
"""

import ctypes
import errno
import fcntl
import json
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import NamedTuple

CANNOT_WATCH = 96
RESOLVER = 53


class Machine(NamedTuple):
    """What a kind of processor calls itself, and the numbers of the system calls."""

    audit: int
    seccomp: int
    connect: int
    sendto: int
    sendmsg: int
    sendmmsg: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 317, 42, 44, 46, 307),
    "aarch64": Machine(0xC00000B7, 277, 203, 206, 211, 269),
}
# By io_uring a process could connect without a call of its own. Its number is one everywhere.
IO_URING_SETUP = 425

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SECCOMP_SET_MODE_FILTER, FILTER_FLAG_NEW_LISTENER = 1, 8
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, NOTIFY, REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050000
NUMBER, AUDIT, FIFTH_ARGUMENT = 0, 4, 48
CONTINUE = 1

ASKED = struct.Struct("=QIIiIQ6Q")
ANSWER = struct.Struct("=QqiI")
RECEIVE, SEND = (0xC0000000 | size << 16 | ord("!") << 8 | n for n, size in enumerate((ASKED.size, ANSWER.size)))

libc = ctypes.CDLL(None, use_errno=True)


class Filter(ctypes.Structure):
    """The program that the kernel runs before each call."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def program(machine):
    """Return the instructions: notify of calls that may name an address, refuse io_uring, allow the rest."""
    steps = [
        (LOAD_WORD, 0, 0, AUDIT),
        (JUMP_IF_EQUAL, 0, 9, machine.audit),
        (LOAD_WORD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 8, 0, machine.connect),
        (JUMP_IF_EQUAL, 7, 0, machine.sendmsg),
        (JUMP_IF_EQUAL, 6, 0, machine.sendmmsg),
        (JUMP_IF_EQUAL, 4, 0, IO_URING_SETUP),
        (JUMP_IF_EQUAL, 0, 2, machine.sendto),
        # A connected socket's sendto has no address: most calls are these.
        (LOAD_WORD, 0, 0, FIFTH_ARGUMENT),
        (JUMP_IF_EQUAL, 0, 2, 0),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (RETURN, 0, 0, NOTIFY),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def listen(machine):
    """Put this thread, and every process that it starts, under the filter; return what tells of their calls."""
    instructions = program(machine)
    told = Filter(len(instructions) // 8, instructions)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        listener = libc.syscall(machine.seccomp, SECCOMP_SET_MODE_FILTER, FILTER_FLAG_NEW_LISTENER, ctypes.byref(told))
        if listener >= 0:
            return listener
    sys.stderr.write(f"seccomp user notification: {os.strerror(ctypes.get_errno())}\n")
    return sys.exit(CANNOT_WATCH)


def answer(listener, machine, log):
    """Answer the kernel, call by call, as long as this process lives."""
    while True:
        asked = bytearray(ASKED.size)
        try:
            fcntl.ioctl(listener, RECEIVE, asked)
            number, process, _, call, _, _, *arguments = ASKED.unpack(asked)
            refused = judged(process, addresses(process, call, arguments, machine), log)
            reply = (0, -errno.ENETUNREACH, 0) if refused else (0, 0, CONTINUE)
            fcntl.ioctl(listener, SEND, ANSWER.pack(number, *reply))
        except (FileNotFoundError, ProcessLookupError):
            continue  # who asked has died meanwhile


def addresses(process, call, arguments, machine):
    """Return the socket addresses, as bytes, that a call names."""
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:

        def read(start, length):
            return os.pread(memory.fileno(), length, start) if start and length else b""

        def name_at(header):
            return read(*struct.unpack("=QI", read(header, 12)))

        if call == machine.connect:
            return [read(arguments[1], arguments[2])]
        if call == machine.sendto:
            return [read(arguments[4], arguments[5])]
        if call == machine.sendmsg:
            return [name_at(arguments[1])]
        return [name_at(arguments[1] + 64 * index) for index in range(arguments[2])]


def judged(process, named, log):
    """Write down the addresses, and say whether one of them leads where nobody may hear the command."""
    found = [place for each in named if (place := place_of(each))]
    for host, port in found:
        about = {"to": f"{host} {port}", "process": Path(f"/proc/{process}/cmdline").read_text().split("\0")[:3]}
        log.write(f"{json.dumps(about)}\n")
    return any(port == RESOLVER or not host.is_loopback for host, port in found)


def place_of(address):
    """Return host and port of a network's address, None for sockets within the machine."""
    family = int.from_bytes(address[:2], sys.byteorder)
    if family == socket.AF_INET:
        return ip_address(address[4:8]), int.from_bytes(address[2:4])
    if family == socket.AF_INET6:
        host = ip_address(address[8:24])
        return host.ipv4_mapped or host, int.from_bytes(address[2:4])
    return None


def main(log, *command):
    machine = MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        sys.stderr.write(f"no way to watch is known for {sys.platform} on {platform.machine()}\n")
        return CANNOT_WATCH
    with Path(log).open("a", buffering=1) as written:
        ready = listen(machine)
        # The filter is the main thread's alone, so this one may answer for it.
        Thread(target=answer, args=(ready, machine, written), daemon=True).start()
        return run(command)


def run(command):
    """Run the command, pass on the signals that end it, and return its exit code."""
    process = subprocess.Popen(command, preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: process.send_signal(received))
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

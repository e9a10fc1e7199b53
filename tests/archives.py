"""Archives made byte by byte, or by the program that reads them."""

import subprocess
import zipfile
from io import BytesIO
from zlib import crc32

from veil.adapters.archives.seven_zip import program

LINK = 0o120777 << 16


def make_zip(files, *, how=zipfile.ZIP_DEFLATED):
    """Return a zip of pairs of name and content; a name may come twice."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name) if name.endswith("/") else name, content)
    return made.getvalue()


def make_zip_with_link(name, target):
    """Return a zip whose one member is a symbolic link."""
    made, link = BytesIO(), zipfile.ZipInfo(name)
    link.create_system, link.external_attr = 3, LINK
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(link, target)
    return made.getvalue()


def make_rar4(files):
    """Return a RAR 4 archive that stores pairs of name and content."""

    def block(kind, flags, fields):
        rest = bytes([kind]) + flags.to_bytes(2, "little") + (7 + len(fields)).to_bytes(2, "little") + fields
        return (crc32(rest) & 0xFFFF).to_bytes(2, "little") + rest

    made = [b"Rar!\x1a\x07\x00", block(0x73, 0, bytes(6))]
    for name, content in files:
        size, label = len(content).to_bytes(4, "little"), name.encode()
        mode = (0o100644).to_bytes(4, "little")
        stored = size + size + b"\x03" + crc32(content).to_bytes(4, "little") + bytes(4) + b"\x14\x30"
        made += [block(0x74, 0x8000, stored + len(label).to_bytes(2, "little") + mode + label), content]
    return b"".join([*made, block(0x7B, 0x4000, b"")])


def make_rar5(files):
    """Return a RAR 5 archive that stores pairs of name and content."""

    def number(value):
        low, rest = value & 0x7F, value >> 7
        return bytes([low | 0x80]) + number(rest) if rest else bytes([low])

    def block(*fields):
        body = b"".join(each if isinstance(each, bytes) else number(each) for each in fields)
        sized = number(len(body)) + body
        return crc32(sized).to_bytes(4, "little") + sized

    made = [b"Rar!\x1a\x07\x01\x00", block(1, 0, 0)]
    for name, content in files:
        label, checksum = name.encode(), crc32(content).to_bytes(4, "little")
        made += [block(2, 2, len(content), 4, len(content), 0o100644, checksum, 0, 1, len(label), label), content]
    return b"".join([*made, block(5, 0, 0)])


def make_7z(files, folder, *options):
    """Return a 7z archive, which is solid, of pairs of name and content; the folder is for this call."""
    for name, content in files:
        (folder / name).write_bytes(content)
    command = [program(), "a", "-bso0", "-bsp0", *options, "made.7z", *(name for name, _ in files)]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return (folder / "made.7z").read_bytes()

"""Damaged, lying and hostile files: each ends in a verified result or in a named cause."""

import io
import os
import random
import resource
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from veil.adapters.vision import VisionAnonymizer
from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.media import Artifact
from veil.domain.policy import AnonymizationMethod, ClassRule, Policy
from veil.ports.anonymizer import IgnoredProgress
from veil.use_cases.file_sink import FileSink
from veil_vision.detect.families import open_detector
from veil_vision.image.files import decode_image
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue, models_dir

FILE_FAULTS = {FailureCause.IMAGE_DEFECT, FailureCause.CONTENT_TYPE_ERROR, FailureCause.IMAGE_TOO_LARGE}
MOST_EXTRA_KILOBYTES = 600_000
JPEG_HEAD, PNG_HEAD = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def quick_detector():
    """The default face detector, told not to enlarge small pictures: what it finds is not the point here."""
    card = next(card for card in catalogue() if card.default and "face" in card.classes)
    folder = ModelFolder(models_dir(os.environ))
    if folder.status(card) is ModelStatus.MISSING:
        pytest.skip(f"the model {card.name} is not installed; `make setup` installs it")
    return open_detector(replace(card, search=replace(card.search, whole_long_side=128)), folder, threads=2)


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def chunk(name, payload):
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


@pytest.fixture(scope="module")
def good_files(astronaut):
    """Small files of every kind that is read, each with the face."""
    photo = Image.fromarray(astronaut[20:220, 130:330]).resize((96, 96))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "description" * 20
    deep = np.asarray(photo.convert("L"), np.uint16) * 257
    return [
        saved(photo, "JPEG", quality=90),
        saved(photo, "JPEG", quality=70, progressive=True, exif=exif),
        saved(photo.convert("L"), "JPEG"),
        saved(photo.convert("CMYK"), "JPEG"),
        saved(photo, "PNG"),
        saved(photo.convert("RGBA"), "PNG"),
        saved(photo.convert("P"), "PNG", transparency=3),
        saved(photo.convert("LA"), "PNG"),
        saved(photo.convert("1"), "PNG"),
        saved(Image.fromarray(deep), "PNG"),
    ]


def cut_short(data, rng):
    return data[: rng.randrange(len(data))]


def bits_flipped(data, rng):
    damaged = bytearray(data)
    for _ in range(rng.choice([1, 2, 8, 64])):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def bits_flipped_in_the_head(data, rng):
    damaged = bytearray(data)
    for _ in range(rng.choice([1, 3])):
        damaged[rng.randrange(min(len(damaged), 200))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def piece_repeated(data, rng):
    start, end = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:end] + data[start:]


def piece_missing(data, rng):
    start, end = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:start] + data[end:]


def something_behind(data, rng):
    return data + rng.randbytes(rng.randrange(1, 300))


def two_joined(data, rng):
    return data + data


def lying_about_its_size(data, rng):
    """Another width or height in the frame header or IHDR, whose checksum is right."""
    size = rng.choice([(0, 0), (1, 1), (97, 96), (96, 95), (5000, 5000), (65535, 65535), (96, 65535)])
    if data.startswith(PNG_HEAD):
        header = struct.pack(">II", *size) + data[24:29]
        return data[:8] + chunk(b"IHDR", header) + data[33:]
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: at + 5] + struct.pack(">HH", *size[::-1]) + data[at + 9 :]


def bomb(data, rng):
    """A PNG of few bytes that announces, and holds, far too many pixels, or announces them only."""
    width, height = rng.choice([(20_000, 20_000), (2**31 - 1, 1), (60_000, 4_000)])
    rows = rng.choice([b"", zlib.compress(bytes(1 << 20))])
    return PNG_HEAD + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", rows)


def repacked_pixels(data, rng):
    """A PNG with right checksums around pixel data that are wrong."""
    rows = rng.choice([b"", rng.randbytes(50), zlib.compress(rng.randbytes(400)), zlib.compress(bytes(96 * 97))[:-5]])
    head = PNG_HEAD + chunk(
        b"IHDR",
        struct.pack(">IIBBBBB", 96, 96, rng.choice([1, 8, 16, 3]), rng.choice([0, 2, 3, 6]), 0, 0, rng.choice([0, 1])),
    )
    return head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def other_kind(data, rng):
    """A type that is not read, or bytes of no type at all."""
    image = Image.new("RGB", (8, 8), (9, 99, 199))
    kind = rng.choice(["ICO", "PPM", "TGA", "PCX", "bytes", "jpeg head", "png head", "empty", "text"])
    made = {
        "bytes": lambda: rng.randbytes(rng.randrange(2000)),
        "jpeg head": lambda: JPEG_HEAD + rng.randbytes(rng.randrange(500)),
        "png head": lambda: PNG_HEAD + rng.randbytes(rng.randrange(500)),
        "empty": lambda: b"",
        "text": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    return made[kind]() if kind in made else saved(image, kind)


def odd_size(data, rng):
    """Whole pictures of extreme proportions."""
    long = rng.choice([1, 2, 3, 700, 2000])
    size = rng.choice([(1, long), (long, 1), (2, long), (long, 3)])
    return saved(Image.new(rng.choice(["RGB", "L"]), size, 77), rng.choice(["JPEG", "PNG"]))


MUTATIONS = (
    cut_short,
    bits_flipped,
    bits_flipped_in_the_head,
    piece_repeated,
    piece_missing,
    something_behind,
    two_joined,
    lying_about_its_size,
    bomb,
    repacked_pixels,
    other_kind,
    odd_size,
)
METHODS = (
    AnonymizationMethod.BLUR,
    AnonymizationMethod.PIXELATE,
    AnonymizationMethod.BLACKEN,
    AnonymizationMethod.DETECT,
)


def policy_of(number):
    return Policy(
        method=METHODS[number % len(METHODS)],
        face=ClassRule(hide=True, gradient_start=0.3),
        quality=(None, 0, 100)[number % 3],
        debug=number % 7 == 0,
        score=number % 14 == 0,
        mask_scale=(100, 0, 50)[number % 3],
    )


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_every_file_ends_verified_or_with_the_right_cause(quick_detector, good_files, tmp_path, count):
    anonymizer = VisionAnonymizer([quick_detector])
    rng = random.Random(26)
    source, results = tmp_path / "source", tmp_path / "results"
    results.mkdir()
    ended = {}
    before = _peak_kilobytes()

    for number in range(count):
        mutation = MUTATIONS[number % len(MUTATIONS)]
        source.write_bytes(mutation(good_files[number % len(good_files)], rng))
        ended.setdefault(mutation.__name__, []).append(_end(anonymizer, source, results, policy_of(number)))

    assert sum(map(len, ended.values())) == count
    causes = {cause for ends in ended.values() for cause in ends}
    assert causes <= FILE_FAULTS | {None}
    assert causes >= FILE_FAULTS
    assert set(ended["bomb"]) <= {FailureCause.IMAGE_TOO_LARGE}
    assert None not in ended["repacked_pixels"] + ended["other_kind"]
    assert set(ended["odd_size"]) == set(ended["something_behind"]) == set(ended["two_joined"]) == {None}
    assert _peak_kilobytes() - before < MOST_EXTRA_KILOBYTES


def _end(anonymizer, source, results, policy):
    """Return the cause, or None for a result; see that a result is a picture and that a failure left nothing."""
    for old in results.iterdir():
        old.unlink()
    sink = FileSink(results)
    try:
        anonymizer.anonymize(source, sink, policy, IgnoredProgress())
    except AnonymizationError as error:
        assert not list(results.iterdir())
        return error.cause
    assert (Artifact.ANONYMIZED in sink.files) == (policy.method is not AnonymizationMethod.DETECT)
    if policy.method is not AnonymizationMethod.DETECT:
        decode_image(sink.files[Artifact.ANONYMIZED].read_bytes())
    return None


def _peak_kilobytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_a_picture_one_pixel_high_and_twenty_thousand_wide_is_done(face_detector, tmp_path):
    anonymizer = VisionAnonymizer([face_detector])

    for number, size in enumerate([(20_000, 1), (1, 20_000)]):
        source, results = tmp_path / f"{number}.png", tmp_path / f"results{number}"
        results.mkdir()
        Image.new("RGB", size, 90).save(source)
        sink = FileSink(results)
        anonymizer.anonymize(source, sink, policy_of(0), IgnoredProgress())

        assert decode_image(sink.files[Artifact.ANONYMIZED].read_bytes()).pixels.shape[:2] == size[::-1]

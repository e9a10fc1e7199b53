"""Damages small pictures of the kinds that only the command line reads, within a limit of memory: one line of JSON.

Arguments: how many files, and `decode` or `anonymize`.
"""

import io
import json
import os
import random
import resource
import struct
import sys
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from veil.adapters.vision import VisionAnonymizer
from veil.domain.policy import ClassRule, Policy
from veil.ports.anonymizer import IgnoredProgress
from veil_vision.detect.families import open_detector
from veil_vision.errors import VisionError
from veil_vision.image.files import decode_image
from veil_vision.image.header import ImageLimits
from veil_vision.models.catalogue import ModelFolder, catalogue, models_dir

LIMITS = ImageLimits(max_pixels=4_000_000)
# What four megapixels take at their worst, and as much again for the libraries themselves.
ROOM_BYTES = 400_000_000
FORMS = (
    ("WEBP", {}), ("WEBP", {"lossless": True}), ("AVIF", {}), ("JPEG2000", {}), ("JPEG2000", {"tile_size": (32, 32)}),
    ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("TIFF", {"compression": "jpeg"}), ("BMP", {}), ("GIF", {}),
)  # fmt: skip
NUMBERS = (0, 1, 255, 65_535, 1 << 20, 1 << 24, 0x7FFFFFFF, 0xFFFFFFFF)


def good_files():
    pixels = np.add.outer(np.arange(64) * 3, np.arange(96) * 2).astype(np.uint8)
    photo = Image.fromarray(np.stack([pixels, pixels[::-1], 255 - pixels], axis=-1))
    for form, options in FORMS:
        file = io.BytesIO()
        photo.save(file, form, **options)
        yield file.getvalue()


def damaged(data, rng):
    """Change bits, numbers and lengths, mostly in the head, where sizes and addresses stand."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        place = rng.randrange(min(len(changed), rng.choice([240, len(changed)])))
        match rng.randrange(4):
            case 0:
                changed[place] = rng.randrange(256)
            case 1:
                changed[place] ^= 1 << rng.randrange(8)
            case 2:
                changed[place : place + 4] = struct.pack(rng.choice("<>") + "I", rng.choice(NUMBERS))
            case _:
                del changed[place : place + rng.randrange(1, 20)]
    return bytes(changed)


def limit_memory():
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ROOM_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def anonymizer():
    card = next(card for card in catalogue() if card.default and "face" in card.classes)
    quick = replace(card, search=replace(card.search, whole_long_side=128))
    return VisionAnonymizer([open_detector(quick, ModelFolder(models_dir(os.environ)), threads=1)], limits=LIMITS)


def main(count, mode):
    warnings.simplefilter("ignore")  # Pillow's, about damage
    if mode == "anonymize":
        veil, policy = anonymizer(), Policy(face=ClassRule(hide=True))
    rng, good, ended = random.Random(28), list(good_files()), Counter()
    for each in good:
        veil.result_for(each, policy, IgnoredProgress()) if mode == "anonymize" else decode_image(each, limits=LIMITS)
    limit_memory()
    for number in range(count):
        data = damaged(good[number % len(good)], rng)
        try:
            if mode == "anonymize":
                veil.result_for(data, policy, IgnoredProgress())
            else:
                decode_image(data, limits=LIMITS)
            ended["read"] += 1
        except VisionError as error:
            ended[type(error).__name__] += 1
    sys.stdout.write(json.dumps(ended))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

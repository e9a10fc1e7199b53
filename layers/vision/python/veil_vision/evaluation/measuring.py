"""Look at every photo of a dataset, several at once."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import thread_time

from veil_vision.detections import ObjectClass
from veil_vision.detectors.detector import Detector
from veil_vision.errors import ImageError
from veil_vision.evaluation.album import Album
from veil_vision.evaluation.datasets import MarkedPhoto, Problem
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.figures import MeasuredPhoto
from veil_vision.evaluation.files import read_bytes
from veil_vision.evaluation.matching import compare
from veil_vision.image_header import DEFAULT_LIMITS
from veil_vision.pipeline import anonymize_image
from veil_vision.recipe import Recipe
from veil_vision.regions import Region


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the pipeline would hide of a picture.

    Attributes:
        width: Of the upright picture, in pixels.
        height: Of the upright picture, in pixels.
        cpu_seconds: Spent by the thread that asked, on decoding and finding.
    """

    regions: tuple[Region, ...]
    width: int
    height: int
    cpu_seconds: float


FindRegions = Callable[[bytes], Found]
"""Looks at the bytes of an image file; threads share it.

Raises:
    ImageError: They are none that Veil reads.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What to do with each photo.

    Attributes:
        album: Where what went wrong is written as pictures; None for nowhere.
    """

    find: FindRegions
    classes: Sequence[ObjectClass]
    album: Album | None = None


def regions_in(data: bytes, recipe: Recipe, detectors: Sequence[Detector]) -> Found:
    """Return what the pipeline finds when it hides nothing; the recipe must say so.

    What its second look would find besides, after hiding, is not among it.
    """
    started = thread_time()
    result = anonymize_image(data, recipe, detectors)
    regions = tuple(region for region in result.regions if region is not None)
    return Found(regions, result.width, result.height, thread_time() - started)


def measure(photos: Sequence[MarkedPhoto], task: Task, *, at_once: int) -> Iterator[MeasuredPhoto | Problem]:
    """Yield what was found in each photo, in order. No more pictures are held than are worked on at once."""
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[Future[MeasuredPhoto | Problem]] = deque()
        for number, photo in enumerate(photos, start=1):
            waiting.append(pool.submit(partial(_measure, task, number, photo)))
            if len(waiting) > 2 * at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _measure(task: Task, number: int, photo: MarkedPhoto) -> MeasuredPhoto | Problem:
    try:
        data = read_bytes(photo.file, most=DEFAULT_LIMITS.max_bytes)
        found = task.find(data)
        marks = photo.marks_in_pixels(found.width, found.height)
    except DatasetError as error:
        return Problem.of(error)
    except ImageError as error:
        return Problem(photo.name, str(error))
    findings = compare(marks, found.regions, task.classes, width=found.width, height=found.height)
    if task.album:
        task.album.add(number, photo.name, data, findings)
    return MeasuredPhoto(findings, found.width * found.height / 1e6, found.cpu_seconds)

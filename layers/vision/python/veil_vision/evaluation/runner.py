"""Look at every photo of a dataset, several at once."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import thread_time

from veil_vision.errors import ImageError
from veil_vision.evaluation.datasets import MarkedPhoto, Problem
from veil_vision.evaluation.error_gallery import ErrorGallery
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.files import read_bytes
from veil_vision.evaluation.matching import compare
from veil_vision.evaluation.metrics import MeasuredPhoto
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.image.header import DEFAULT_LIMITS
from veil_vision.pipelines.image import Anonymized

Find = Callable[[bytes], Anonymized]
"""Gives what the pipeline finds in an image file when it hides nothing; threads share it.

Raises:
    ImageError: The file is none that Veil reads.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What to do with each photo.

    Attributes:
        gallery: Where what went wrong is written as pictures; None for nowhere.
    """

    find: Find
    classes: Sequence[ObjectClass]
    gallery: ErrorGallery | None = None


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
        started = thread_time()
        found = task.find(data)
        cpu_seconds = thread_time() - started
        marks = photo.marks_in_pixels(found.width, found.height)
    except DatasetError as error:
        return Problem.of(error)
    except ImageError as error:
        return Problem(photo.name, str(error))
    regions = [region for region in found.regions if region is not None]
    findings = compare(marks, regions, task.classes, width=found.width, height=found.height)
    if task.gallery:
        task.gallery.add(number, photo.name, data, findings)
    return MeasuredPhoto(findings, found.width * found.height / 1e6, cpu_seconds)

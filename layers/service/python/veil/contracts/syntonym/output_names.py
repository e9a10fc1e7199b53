"""What the results of a job are called: safe, unique, and never as anything that was sent."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from pathlib import PurePosixPath
from unicodedata import normalize

from veil.domain.task import Task
from veil.use_cases.jobs import ShownJob

_JPEG_SUFFIXES = frozenset({".jpg", ".jpeg"})
# No file of Windows has them in its name.
_UNSAFE = re.compile(r'[<>:"/\\|?*]')


def output_names(shown: ShownJob) -> Iterator[str]:
    """Yield the name of each task's result.

    Clients write them beside their originals, where upper and lower case may be the same and so may two ways to write
    one accent.
    """
    names = [task.origin.name or shown.job.file_name for task in shown.tasks]
    taken = {_folded(name) for name in (shown.job.file_name, *names)}
    # Where to go on counting, for each name: ten thousand files may have the same.
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
    for task, name in zip(shown.tasks, names, strict=True):
        made = _parts(name, _suffix(task))
        tries = (
            "".join((made.stem, f"_{number}" * (number > 1), made.suffix)) for number in numbers[_folded(str(made))]
        )
        free = next(each for each in tries if _folded(each) not in taken)
        taken.add(_folded(free))
        yield free


def _parts(name: str, suffix: str) -> PurePosixPath:
    own = PurePosixPath(_UNSAFE.sub("_", name))
    is_same_kind = suffix in _JPEG_SUFFIXES and own.suffix.lower() in _JPEG_SUFFIXES
    return PurePosixPath(f"{own.stem or 'file'}_anon{own.suffix if is_same_kind else suffix}")


def _suffix(task: Task) -> str:
    return task.result_type.suffix if task.result_type else ""


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()

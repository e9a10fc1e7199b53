"""Work on a stream of things in several threads, in their order and with few of them in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

# How many items wait for each thread: one at work, one ready.
AHEAD = 2


def in_order(make: Callable[[Item], Made], items: Iterable[Item], *, workers: int) -> Iterator[tuple[Item, Made]]:
    """Yield each item with what was made of it; at most `AHEAD` times `workers` items are there at once.

    What `make` or the iterable raises is raised here, after the items before it; what was begun then is waited for.
    """
    waiting: deque[tuple[Item, Future[Made]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="frames") as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(make, item)))
                if len(waiting) >= AHEAD * workers:
                    first, made = waiting.popleft()
                    yield first, made.result()
            while waiting:
                first, made = waiting.popleft()
                yield first, made.result()
        finally:
            for _, made in waiting:
                made.cancel()

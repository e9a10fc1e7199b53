"""What idle workers wait for."""

import multiprocessing

from veil.ports.queue import TaskRef

# A worker looks for work this often even when nobody wakes it.
PATIENCE_SECONDS = 1.0


class WakeUp:
    """Wakes workers: the queue is the tasks table, and nobody else tells them that it has grown.

    The semaphore is the only thing that processes share. A worker that is killed at any moment leaves it usable;
    a multiprocessing Event or Lock it could leave locked for ever.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._semaphore = multiprocessing.get_context("spawn").Semaphore(0)

    def put(self, ref: TaskRef) -> None:  # noqa: ARG002  # the port asks for it
        """Wake one worker, unless enough are being woken to look at everything there is."""
        if self._semaphore.get_value() < self._workers:
            self._semaphore.release()

    def wait(self) -> bool:
        """Wait to be woken, but not for long, and say whether that was so."""
        return self._semaphore.acquire(timeout=PATIENCE_SECONDS)

"""The choice between the two lanes."""

from typing import Self

from veil.adapters.aws.queue import SqsWorkQueue
from veil.adapters.aws.stores import AwsStores
from veil.ports import Offers, TaskRef, TaskStore
from veil.settings import LaneSettings


class Lanes:
    """Puts each task into the queue of the lane that suits its size."""

    def __init__(self, tasks: TaskStore, *, express: Offers, batch: Offers, express_max_bytes: int) -> None:
        self._tasks = tasks
        self._express = express
        self._batch = batch
        self._express_max_bytes = express_max_bytes

    @classmethod
    def open(cls, stores: AwsStores, settings: LaneSettings) -> Self:
        """Return the lanes that the settings name."""
        return cls(
            stores.tasks,
            express=SqsWorkQueue(stores.clients, settings.express_queue),
            batch=SqsWorkQueue(stores.clients, settings.batch_queue),
            express_max_bytes=settings.express_max_bytes,
        )

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker of its lane; what is gone needs none."""
        task = self._tasks.get(ref.owner, ref.task_id)
        if task is None:
            return
        fits = (task.size_bytes or 0) <= self._express_max_bytes
        (self._express if fits else self._batch).put(ref)

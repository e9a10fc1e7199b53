"""The choice between the two lanes."""

from typing import NamedTuple, Self

from veil.adapters.aws.queue import SqsWorkQueue
from veil.adapters.aws.stores import AwsStores
from veil.domain.task import Task
from veil.ports.queue import Offers, TaskRef
from veil.ports.stores import TaskStore
from veil.settings import LaneSettings


class ExpressLimits(NamedTuple):
    """The largest image that the express lane takes: by the memory of so many pixels of plain colour, and by bytes."""

    max_room: int
    max_bytes: int

    def admit(self, task: Task) -> bool:
        """Say whether the task's image is small enough. What does not say how large it is, is not."""
        return (
            task.media_type is not None
            and not task.media_type.is_video
            and task.room is not None
            and task.room <= self.max_room
            and task.size_bytes is not None
            and task.size_bytes <= self.max_bytes
        )


class Lanes:
    """Puts each task into the queue of the lane that suits its size; videos take the Batch lane where there is one.

    Memory is what time goes with, so it decides; bytes only catch what is hard to decode.
    """

    def __init__(self, tasks: TaskStore, *, express: Offers, batch: Offers, limits: ExpressLimits) -> None:
        self._tasks = tasks
        self._express = express
        self._batch = batch
        self._limits = limits

    @classmethod
    def open(cls, stores: AwsStores, settings: LaneSettings) -> Self:
        """Return the lanes that the settings name."""
        return cls(
            stores.tasks,
            express=SqsWorkQueue(stores.clients, settings.express_queue),
            batch=SqsWorkQueue(stores.clients, settings.batch_queue),
            limits=ExpressLimits(settings.express_max_room, settings.express_max_bytes),
        )

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker of its lane; what is gone needs none."""
        task = self._tasks.get(ref.owner, ref.task_id)
        if task is not None:
            (self._express if self._limits.admit(task) else self._batch).put(ref)

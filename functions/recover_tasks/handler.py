"""Twice an hour: pick up what fell through all other nets, so that every accepted task ends."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.lanes import Lanes
from veil.adapters.aws.stores import AwsStores
from veil.adapters.aws.wake_ups import SqsWakeUps
from veil.domain.job import DUE
from veil.domain.task import Task
from veil.settings import LaneSettings
from veil.use_cases.announce import delivery_for
from veil.use_cases.expire_jobs import expire_jobs
from veil.use_cases.recover import Recovery

# A queue keeps an offer for two weeks; this long without a move is worth a second one, and the third after twice as
# long: behind a real backlog, offers that are repeated at every look would each start a job.
PATIENCE = timedelta(hours=1)
# Below that nobody needs to know, and a metric costs in each month in which it says something.
WORTH_TELLING = timedelta(minutes=30)
# A wake-up is at most a few seconds late; a call this much overdue has lost its own.
OVERDUE = timedelta(minutes=20)
MOST_CALLS = 1000

logger = Logger()
metrics = Metrics()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(LaneSettings):
    """What this function is told.

    Attributes:
        wake_up_queue: The URL of the queue that says which delivery to look at.
        steps_queue: The URL of the queue that says which job is due.
    """

    wake_up_queue: str
    steps_queue: str


@dataclass
class LongestWait:
    """How long the task has waited that waits for a worker longest, of those that were looked at."""

    now: datetime
    longest: timedelta = timedelta()

    def noted(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Yield the tasks and note how long each has waited."""
        for task in tasks:
            if task.is_claimable(self.now):
                self.longest = max(self.longest, self.now - task.updated_at)
            yield task


@dataclass(frozen=True, slots=True)
class Sweep:
    """What looks for what was left behind."""

    recovery: Recovery
    stores: AwsStores
    wake_ups: SqsWakeUps
    steps_queue: str

    def recover(self, waiting: LongestWait) -> int:
        """Do what is due for each unfinished task and return how many were touched."""
        return self.recovery.look_at(waiting.noted(self.stores.tasks.unfinished()))

    def wake_overdue_calls(self, now: datetime) -> int:
        """Wake somebody for each call that is overdue, and return how many there are."""
        overdue = self.stores.deliveries.due(now - OVERDUE, MOST_CALLS)
        for delivery in overdue:
            self.wake_ups.set(delivery, now)
        return len(overdue)

    def look_after_jobs(self, now: datetime) -> int:
        """End jobs that nobody approved in time, have those looked at that wait, and return how many these are."""
        stores = self.stores
        expire_jobs(jobs=stores.jobs, tasks=stores.tasks, sessions=stores.sessions, clock=stores.clock)
        waiting = [job for job in stores.jobs.in_status(DUE) if now - job.updated_at > OVERDUE]
        for job in waiting:
            stores.clients.sqs.send_message(QueueUrl=self.steps_queue, MessageBody=job.job_id)
        return len(waiting)

    def announce_untold(self, now: datetime) -> int:
        """Have calls made that nobody was asked for, because the event of the end got lost; return how many."""
        return sum(self._announce(task, now) for task in self.stores.tasks.untold(now - OVERDUE))

    def _announce(self, task: Task, now: datetime) -> bool:
        delivery = delivery_for(task.ending) if task.ending else None
        if delivery is None or self.stores.deliveries.get(delivery.delivery_id) is not None:
            return False
        self.stores.deliveries.add(delivery)
        self.wake_ups.set(delivery, now)
        return True


@cache
def sweep() -> Sweep:
    """Wire the parts, once for each environment."""
    settings = Settings.from_env(os.environ)
    stores = AwsStores.open(settings)
    lanes = Lanes.open(stores, settings)
    recovery = Recovery(
        tasks=stores.tasks,
        parts=stores.parts,
        queue=lanes,
        clock=stores.clock,
        intake=stores.intake(lanes, settings.upload_limits),
        is_dead=lambda _: False,
        counts=True,
        patience=PATIENCE,
        counts_offers=True,
    )
    return Sweep(recovery, stores, SqsWakeUps(stores.clients, settings.wake_up_queue), settings.steps_queue)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Look once at every unfinished task, overdue call, webhook that was told nothing, and job that waits."""
    waiting = LongestWait(sweep().stores.clock.now())
    tasks = sweep().recover(waiting)
    calls = sweep().wake_overdue_calls(waiting.now) + sweep().announce_untold(waiting.now)
    jobs = sweep().look_after_jobs(waiting.now)
    _count(tasks, waiting.longest)
    logger.info(
        "looked for what was left behind",
        extra={
            "tasks": tasks,
            "calls": calls,
            "jobs": jobs,
            "longest_wait_seconds": int(waiting.longest.total_seconds()),
        },
    )


def _count(tasks: int, longest: timedelta) -> None:
    """Count what there is: nearly always nothing, and a metric that says so twice an hour costs as one that tells."""
    if tasks:
        metrics.add_metric("TasksRecovered", MetricUnit.Count, tasks)
    if longest > WORTH_TELLING:
        metrics.add_metric("LongestWait", MetricUnit.Seconds, longest.total_seconds())
    if tasks or longest > WORTH_TELLING:
        metrics.flush_metrics()

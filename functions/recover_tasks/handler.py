"""Twice an hour: pick up what fell through all other nets, so that every accepted task ends."""

import os
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
from veil.domain.media import UploadLimits
from veil.settings import LaneSettings
from veil.use_cases.recover import Recovery

# A queue keeps an offer for two weeks; this long without a move is worth a second one.
PATIENCE = timedelta(hours=1)
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
    """

    wake_up_queue: str


@dataclass(frozen=True, slots=True)
class Nets:
    """Both nets."""

    recovery: Recovery
    stores: AwsStores
    wake_ups: SqsWakeUps

    def wake_overdue_calls(self, now: datetime) -> int:
        """Wake somebody for each call that is overdue, and return how many there are."""
        overdue = self.stores.deliveries.due(now - OVERDUE, MOST_CALLS)
        for delivery in overdue:
            self.wake_ups.set(delivery, now)
        return len(overdue)


@cache
def nets() -> Nets:
    """Wire the parts, once for each environment."""
    settings = Settings.from_env(os.environ)
    stores = AwsStores.open(settings)
    recovery = Recovery(
        tasks=stores.tasks,
        media=stores.media,
        queue=Lanes.open(stores, settings),
        clock=stores.clock,
        is_dead=lambda _: False,
        counts=True,
        patience=PATIENCE,
        limits=UploadLimits(max_bytes=settings.upload_limit_bytes),
    )
    return Nets(recovery, stores, SqsWakeUps(stores.clients, settings.wake_up_queue))


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Look once at every unfinished task and every overdue call."""
    tasks = nets().recovery.run()
    calls = nets().wake_overdue_calls(nets().stores.clock.now())
    if tasks:
        # Nearly always there are none, and a metric that says so twice an hour costs as one that says more.
        metrics.add_metric("TasksRecovered", MetricUnit.Count, tasks)
        metrics.flush_metrics()
    logger.info("looked for what was left behind", extra={"tasks": tasks, "calls": calls})

"""A Batch job ended badly: whatever it left undone is offered again, or has had its last chance.

A task that its worker had claimed has three attempts. One that no worker lived to claim has ten offers: the image
cannot be pulled, CUDA does not start, the models do not load, or there is no machine.

The event may come twice: what was given back already has no lease of that worker any more, and a task
that is offered twice is claimed once.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.batch import LOOKERS_VARIABLE, TASKS_VARIABLE, load_refs
from veil.adapters.aws.queue import SqsWorkQueue
from veil.adapters.aws.stores import AwsStores
from veil.domain.task import Task
from veil.ports.queue import TaskRef
from veil.settings import LaneSettings
from veil.use_cases.recover import Recovery

# How Batch begins the reason of a job whose machine was taken away (Spot) or broke.
HOST_LOST = "Host EC2"

logger = Logger()
metrics = Metrics()


@cache
def parts() -> tuple[AwsStores, SqsWorkQueue]:
    """Open the stores and the lane's queue, once for each environment."""
    settings = LaneSettings.from_env(os.environ)
    stores = AwsStores.open(settings)
    return stores, SqsWorkQueue(stores.clients, settings.batch_queue)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Look after the tasks of one job that failed."""
    job = event["detail"]
    host_lost = job.get("statusReason", "").startswith(HOST_LOST)
    metrics.add_metric("HostLost" if host_lost else "WorkerDied", MetricUnit.Count, 1)
    environment = {each["name"]: each["value"] for each in job["container"]["environment"]}
    # A job that only looks has no task: the one that waits for it ends with it, and is tried again.
    is_worker = LOOKERS_VARIABLE not in environment
    offered = _offer_again(job, load_refs(environment[TASKS_VARIABLE]), counts=not host_lost) if is_worker else 0
    logger.warning(
        "a job failed", extra={"job": job["jobId"], "reason": job.get("statusReason"), "offered_again": offered}
    )


def _offer_again(job: Mapping[str, Any], refs: Iterable[TaskRef], *, counts: bool) -> int:
    """Look after the tasks of the job and return how many others may take."""
    stores, queue = parts()
    recovery = Recovery(
        tasks=stores.tasks,
        parts=stores.parts,
        queue=queue,
        clock=stores.clock,
        intake=stores.intake(queue),
        is_dead=lambda worker: worker.startswith(job["jobId"]),
        counts=counts,
        patience=timedelta(),
        counts_offers=counts,
    )
    return recovery.look_at(_tasks(refs, stores))


def _tasks(refs: Iterable[TaskRef], stores: AwsStores) -> list[Task]:
    found = (stores.tasks.get(ref.owner, ref.task_id) for ref in refs)
    return [task for task in found if task is not None]

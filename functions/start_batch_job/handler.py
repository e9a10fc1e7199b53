"""Tasks wait for the GPU lane: start one job for all pictures of a batch, and one or two for each video."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.batch import BatchLane
from veil.adapters.aws.queue import REFS
from veil.adapters.aws.stores import AwsStores
from veil.domain.media import video_pixels
from veil.domain.task import Task
from veil.ports.queue import TaskRef
from veil.settings import StoreSettings

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StoreSettings):
    """What this function is told.

    Attributes:
        job_queue: The ARN of the Batch queue.
        job_definition: The ARN of the job definition.
        most_workers: How many jobs the lane runs at once.
    """

    job_queue: str
    job_definition: str
    most_workers: int


@cache
def parts() -> tuple[AwsStores, BatchLane]:
    """Wire the stores and the lane, once for each environment."""
    settings = Settings.from_env(os.environ)
    stores = AwsStores.open(settings)
    lane = BatchLane(
        stores.clients,
        queue=settings.job_queue,
        definition=settings.job_definition,
        most_workers=settings.most_workers,
    )
    return stores, lane


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Start the jobs. Where one is not started all messages come again, and the others' second jobs find nothing."""
    stores, lane = parts()
    refs = {REFS.load(record["body"]): None for record in event["Records"]}
    tasks = [task for ref in refs if (task := stores.tasks.get(ref.owner, ref.task_id)) is not None]
    videos = [task for task in tasks if task.media_type is not None and task.media_type.is_video]
    for task in videos:
        pixels = video_pixels(task.pixels, task.size_bytes or 0)
        job = lane.submit_video(_ref(task), pixels, is_looked_at=task.has_segments)
        logger.info("started a job", extra={"job": job, "video": task.task_id})
    if pictures := [_ref(task) for task in tasks if task not in videos]:
        job = lane.submit(pictures)
        logger.info("started a job", extra={"job": job, "tasks": len(pictures)})
    return {"batchItemFailures": []}


def _ref(task: Task) -> TaskRef:
    return TaskRef(task.owner, task.task_id)

"""A job is due: look at its upload, start its tasks, or end it. In the anonymizer's image, because videos are measured.

A message is either the event that made the job due or the job's id. Both may come twice: the job, not the message,
says what is due.
"""

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.archives.reader import SevenZipReader
from veil.adapters.aws.lanes import Lanes
from veil.adapters.aws.locks import Locks
from veil.adapters.aws.stores import AwsStores
from veil.adapters.video_length import VideoLengths
from veil.domain.archives import ArchiveLimits
from veil.domain.credits import Prices
from veil.domain.job import JobStatus
from veil.domain.policy import ObjectClass
from veil.settings import LaneSettings
from veil.use_cases.advance_job import JobSteps
from veil.use_cases.inspect_upload import Inspection

# Longer than this function may run.
LOCK_LIFE = timedelta(minutes=16)
# Whenever one of a job's tasks ends, all of them are looked at. The rest is what this function has.
ARCHIVES = ArchiveLimits(members=1000, memory_bytes=512 << 20, cpu_seconds=600)

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(LaneSettings):
    """What this function is told.

    Attributes:
        classes: The classes that the anonymizer's models find.
        price_image: Credits for a picture.
        price_video_second: Credits for each second of a video that has begun.
        price_further_class: Credits for each class beyond the first, as often as the above.
        auto_approve: Whether jobs whose key has enough credits need nobody's approval.
    """

    classes: tuple[str, ...]
    price_image: int
    price_video_second: int
    price_further_class: int
    auto_approve: bool


@cache
def parts() -> tuple[JobSteps, Locks]:
    """Wire the parts, once for each environment."""
    settings = Settings.from_env(os.environ)
    stores = AwsStores.open(settings)
    steps = JobSteps(
        jobs=stores.jobs,
        tasks=stores.tasks,
        sessions=stores.sessions,
        clock=stores.clock,
        intake=stores.intake(Lanes.open(stores, settings), settings.upload_limits),
        inspection=_inspection(settings, stores),
        auto_approve=settings.auto_approve,
    )
    return steps, stores.locks(LOCK_LIFE)


def _inspection(settings: Settings, stores: AwsStores) -> Inspection:
    return Inspection(
        jobs=stores.jobs,
        tasks=stores.tasks,
        media=stores.media,
        sessions=stores.sessions,
        probe=VideoLengths(),
        archives=SevenZipReader(ARCHIVES),
        clock=stores.clock,
        available=frozenset(map(ObjectClass, settings.classes)),
        prices=Prices(
            image=settings.price_image,
            video_second=settings.price_video_second,
            further_class=settings.price_further_class,
        ),
        folder=Path(gettempdir()),
        limits=settings.upload_limits,
    )


def advance(record: SQSRecord) -> None:
    """Do what is due for the job of one message."""
    steps, locks = parts()
    job = steps.jobs.get(_job_of(record.body))
    if job is None:
        return
    if job.status is JobStatus.UPLOADED:
        # Two that look at one upload would each make a task. Whoever is at it does what there is to do, or tries again.
        with locks.tried(f"job {job.job_id}") as is_ours:
            if is_ours:
                steps.advance(job)
    else:
        steps.advance(job)
    logger.info("looked at a job", extra={"job_id": job.job_id, "status": job.status})


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Look at the jobs of one batch; messages that fail come again."""
    return process_partial_response(event, advance, BatchProcessor(event_type=EventType.SQS), context)


def _job_of(message: str) -> str:
    """Return the job's id: as it was sent, or out of the stream's record that the bus carried."""
    if not message.startswith("{"):
        return message
    return str(json.loads(message)["detail"]["dynamodb"]["NewImage"]["job"]["S"])

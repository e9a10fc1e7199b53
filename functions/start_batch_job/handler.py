"""Tasks wait for the GPU lane: start one job for all of a batch."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.batch import BatchLane
from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.queue import REFS
from veil.settings import FunctionSettings

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(FunctionSettings):
    """What this function is told.

    Attributes:
        job_queue: The ARN of the Batch queue.
        job_definition: The ARN of the job definition.
    """

    job_queue: str
    job_definition: str


@cache
def lane() -> BatchLane:
    """Wire the lane, once for each environment."""
    settings = Settings.from_env(os.environ)
    return BatchLane(AwsClients(settings.aws_region), queue=settings.job_queue, definition=settings.job_definition)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Start a job. It is started or not, so either all messages are done or all come again."""
    refs = {REFS.load(record["body"]): None for record in event["Records"]}
    job = lane().submit(list(refs))
    logger.info("started a job", extra={"job": job, "tasks": len(refs)})
    return {"batchItemFailures": []}

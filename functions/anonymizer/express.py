"""The express lane: one task for each message, on processors."""

import os
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.queue import REFS
from veil.adapters.aws.stores import AwsStores
from veil.adapters.vision import VisionAnonymizer
from veil.ports.queue import TaskRef
from veil.settings import AnonymizerSettings
from veil.use_cases.run_task import WorkerContext, give_back, run_task

logger = Logger()
metrics = Metrics()


@cache
def context() -> WorkerContext:
    """Open the stores and load the models, once for each environment, which is one worker."""
    settings = AnonymizerSettings.from_env(os.environ)
    stores = AwsStores.open(settings)
    return WorkerContext(
        worker=f"express-{uuid4().hex}",
        folder=Path(gettempdir()),
        tasks=stores.tasks,
        media=stores.media,
        anonymizer=VisionAnonymizer.open(
            settings.models, threads=settings.threads, provider=settings.provider, profile=settings.profile
        ),
        clock=stores.clock,
    )


def work(record: SQSRecord) -> None:
    """Work on the task of one message; whatever breaks, the task is given back and the message comes again."""
    ref = REFS.load(record.body)
    try:
        task = run_task(ref, context())
    except Exception:  # process boundary: given back at once instead of when the lease runs out, then raised on
        _give_back(ref)
        raise
    metrics.add_metric(f"Task{task.status.capitalize()}" if task else "TaskNotOurs", MetricUnit.Count, 1)
    if task is not None:
        logger.info(
            "a task ended", extra={"task_id": ref.task_id, "status": task.status, "failure_cause": task.failure_cause}
        )


def _give_back(ref: TaskRef) -> None:
    metrics.add_metric("TaskBroke", MetricUnit.Count, 1)
    logger.exception("task failed unexpectedly", extra={"task_id": ref.task_id})
    give_back(ref, context(), counts=True)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Work on the tasks of one batch."""
    return process_partial_response(event, work, BatchProcessor(event_type=EventType.SQS), context)

"""The express lane: one task for each message, on processors."""

import os
from functools import cache
from typing import Any
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.queue import REFS
from veil.adapters.aws.worker_context import worker_context
from veil.settings import AnonymizerSettings
from veil.use_cases.work import WorkOutcome, work_through
from veil.use_cases.worker_context import WorkerContext

logger = Logger()
metrics = Metrics()


@cache
def context() -> WorkerContext:
    """Open the stores and load the models, once for each environment, which is one worker."""
    return worker_context(AnonymizerSettings.from_env(os.environ), worker=f"express-{uuid4().hex}")


def work(record: SQSRecord) -> None:
    """Work on the task of one message; if it breaks, the message comes again."""
    for worked in work_through([REFS.load(record.body)], context(), logger):
        metrics.add_metric(_metric(worked), MetricUnit.Count, 1)
        if worked.error is not None:
            raise worked.error


def _metric(worked: WorkOutcome) -> str:
    if worked.error is not None:
        return "TaskBroke"
    return f"Task{worked.task.status.capitalize()}" if worked.task else "TaskNotOurs"


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Work on the tasks of one batch."""
    return process_partial_response(event, work, BatchProcessor(event_type=EventType.SQS), context)

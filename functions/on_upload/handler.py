"""An upload has landed: judge it, and queue its task on the lane that suits it.

The event may come twice and out of order. The task's state decides, in one conditional write, so the
second event of an upload finds nothing to do, and a second upload is deleted.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.lanes import Lanes
from veil.adapters.aws.stores import AwsStores
from veil.domain.errors import TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.media import original_key, task_prefix
from veil.domain.task import Task, TaskStatus
from veil.ports.queue import Offers, TaskRef
from veil.settings import LaneSettings
from veil.use_cases.accept_upload import UploadIntake

logger = Logger()
metrics = Metrics()


@dataclass(frozen=True, slots=True)
class UploadHandler:
    """What an upload is received with."""

    stores: AwsStores
    lanes: Offers
    intake: UploadIntake

    def receive(self, ref: TaskRef, version: str | None) -> Task | None:
        """Queue the task of what landed, as this version, or fail it; return None where there is nothing to do."""
        try:
            task = self._judge(ref)
        except (TaskNotFoundError, TaskDeletedError):
            # Nobody will ever ask for this file.
            self.stores.media.delete(task_prefix(ref.owner, ref.task_id))
            return None
        except UploadRefusedError:
            self._look_again(ref, version)
            return None
        if task is not None:
            self._forget_surplus(task, version)
        return task

    def _judge(self, ref: TaskRef) -> Task | None:
        task = self.stores.tasks.get(ref.owner, ref.task_id)
        if task is not None and task.origin.job is not None:
            return None  # it waits for its job's approval
        return self.intake.accept_landed(ref.owner, ref.task_id)

    def _look_again(self, ref: TaskRef, version: str | None) -> None:
        """Repeat the offer of a queued task: an earlier try may have died between its two writes."""
        task = self.stores.tasks.get(ref.owner, ref.task_id)
        if task is not None and not self._forget_surplus(task, version) and task.status is TaskStatus.QUEUED:
            self.lanes.put(ref)

    def _forget_surplus(self, task: Task, version: str | None) -> bool:
        """Delete what landed before or after the file that was accepted; say whether this was it."""
        if version is None or not task.is_surplus(version):
            return False
        self.stores.media.discard_version(original_key(task.owner, task.task_id), version)
        return True


@cache
def upload_handler() -> UploadHandler:
    """Wire the parts, once for each environment."""
    settings = LaneSettings.from_env(os.environ)
    stores = AwsStores.open(settings)
    lanes = Lanes.open(stores, settings)
    return UploadHandler(stores, lanes, stores.intake(lanes, settings.upload_limits))


def receive(record: SQSRecord) -> None:
    """Receive the upload that one message tells of."""
    landed = json.loads(record.body)["detail"]["object"]
    owner, task_id, _ = landed["key"].split("/")
    task = upload_handler().receive(TaskRef(owner, int(task_id)), landed.get("version-id"))
    metrics.add_metric(f"Upload{task.status.capitalize()}" if task else "UploadUnexpected", MetricUnit.Count, 1)
    if task is not None:
        logger.info(
            "an upload landed",
            extra={
                "task_id": task.task_id,
                "status": task.status,
                "failure_cause": task.failure_cause,
                "failure_reason": task.failure_reason,
            },
        )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Receive the uploads of one batch; those that fail come again."""
    return process_partial_response(event, receive, BatchProcessor(event_type=EventType.SQS), context)

"""A task is over, or a call is due again: make one signed call and see to the next.

A message is either the event that a task ended or the id of a delivery to look at. Both may come twice:
the delivery, not the message, says whether and when to call.
"""

import json
import os
from dataclasses import dataclass
from functools import cache, partial
from random import random
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.stores import AwsStores
from veil.adapters.aws.url_signer import UrlSigner
from veil.adapters.aws.wake_ups import SqsWakeUps
from veil.adapters.records import EVENTS, JOB_EVENTS
from veil.adapters.webhook_sender import HttpWebhookSender
from veil.contracts.syntonym.bodies import callback_body
from veil.contracts.webhook_body import webhook_body
from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.events import TaskEvent
from veil.settings import StoreSettings
from veil.use_cases.announce import delivery_for
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.jobs import shown_job

logger = Logger()
metrics = Metrics()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StoreSettings):
    """What this function is told.

    Attributes:
        api_url: Where clients reach the API, without a slash at its end.
        wake_up_queue: The URL of the queue that says which delivery to look at.
        install_key_secret: The name of the secret that the owners' signing secrets are derived from.
        url_signer: Who signs URLs: identity pool, login, role (veil.adapters.aws.url_signer).
    """

    api_url: str
    wake_up_queue: str
    install_key_secret: str
    url_signer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryHandler:
    """What calls are made with."""

    stores: AwsStores
    wake_ups: SqsWakeUps
    sender: HttpWebhookSender
    install_key: bytes
    api_url: str

    def take(self, message: str) -> Delivery | None:
        """Make the call that the message is about if it is due; return how it went, or None if it is not."""
        delivery = self._announced(_image(message)) if message.startswith("{") else self._woken(message)
        if delivery is None or delivery.state is not DeliveryState.PENDING:
            return None
        if delivery.due_at > self.stores.clock.now():
            self.wake_ups.set(delivery, self.stores.clock.now())
            return None
        return self._call(delivery)

    def _announced(self, image: dict[str, Any]) -> Delivery | None:
        record = image["record"]["S"]
        delivery_id = self._of_task(EVENTS.load(record)) if "task_id" in image else JOB_EVENTS.load(record).event_id
        delivery = self.stores.deliveries.get(delivery_id) if delivery_id else None
        # One that was called before has its wake-up; a second one would be woken up for twice, for ever.
        return delivery if delivery is not None and delivery.attempts == 0 else None

    def _of_task(self, event: TaskEvent) -> str | None:
        """Save the delivery that a task's event asks for, if it does; that of a job's event was saved with it."""
        asked_for = delivery_for(event)
        if asked_for is None:
            return None
        self.stores.deliveries.add(asked_for)
        return asked_for.delivery_id

    def _woken(self, delivery_id: str) -> Delivery | None:
        return self.stores.deliveries.get(delivery_id)

    def _call(self, delivery: Delivery) -> Delivery:
        settled = deliver_webhook(
            delivery,
            tasks=self.stores.tasks,
            media=self.stores.media,
            deliveries=self.stores.deliveries,
            sender=self.sender,
            clock=self.stores.clock,
            install_key=self.install_key,
            jitter=random,
            body_of=partial(webhook_body, api_url=self.api_url),
            report_of=self._report_of,
        )
        self.wake_ups.set(settled, self.stores.clock.now())
        return settled

    def _report_of(self, job_id: str) -> str | None:
        job = self.stores.jobs.get(job_id)
        return callback_body(shown_job(job, tasks=self.stores.tasks), self.stores.media) if job else None


@cache
def delivery_handler() -> DeliveryHandler:
    """Wire the parts, once for each environment."""
    from aws_lambda_powertools.utilities import parameters  # it loads the SDK, which nothing else does at import

    settings = Settings.from_env(os.environ)
    stores = AwsStores.open(settings, signer=UrlSigner.told(settings.url_signer))
    return DeliveryHandler(
        stores=stores,
        wake_ups=SqsWakeUps(stores.clients, settings.wake_up_queue),
        sender=HttpWebhookSender(),
        install_key=str(parameters.get_secret(settings.install_key_secret)).encode(),
        api_url=settings.api_url,
    )


def deliver(record: SQSRecord) -> None:
    """Handle one message."""
    settled = delivery_handler().take(record.body)
    metrics.add_metric(f"Webhook{settled.state.capitalize()}" if settled else "WebhookNotDue", MetricUnit.Count, 1)
    if settled is not None:
        logger.info(
            "called a webhook",
            extra={
                "delivery": settled.delivery_id,
                "state": settled.state,
                "attempts": settled.attempts,
                "last_error": settled.last_error,
            },
        )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle one batch; messages that fail come again."""
    return process_partial_response(event, deliver, BatchProcessor(event_type=EventType.SQS), context)


def _image(message: str) -> dict[str, Any]:
    """Return the event's item as it was written beside its task or job, which the bus carried."""
    image: dict[str, Any] = json.loads(message)["detail"]["dynamodb"]["NewImage"]
    return image

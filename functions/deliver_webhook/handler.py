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
from veil.adapters.records import EVENTS
from veil.adapters.webhook_sender import HttpWebhookSender
from veil.contracts.webhook_body import webhook_body
from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.events import TaskEvent
from veil.settings import DeliverWebhookSettings
from veil.use_cases.announce import delivery_for
from veil.use_cases.deliver_webhook import deliver_webhook

logger = Logger()
metrics = Metrics()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(DeliverWebhookSettings):
    """What this function is told.

    Attributes:
        api_url: Where clients reach the API, without a slash at its end.
    """

    api_url: str


@dataclass(frozen=True, slots=True)
class Switchboard:
    """What calls are made with."""

    stores: AwsStores
    wake_ups: SqsWakeUps
    sender: HttpWebhookSender
    install_key: bytes
    api_url: str

    def take(self, message: str) -> Delivery | None:
        """Make the call that the message is about if it is due; return how it went, or None if it is not."""
        delivery = self._announced(EVENTS.load(_record(message))) if message.startswith("{") else self._woken(message)
        if delivery is None or delivery.state is not DeliveryState.PENDING:
            return None
        if delivery.due_at > self.stores.clock.now():
            self.wake_ups.set(delivery, self.stores.clock.now())
            return None
        return self._call(delivery)

    def _announced(self, event: TaskEvent) -> Delivery | None:
        asked_for = delivery_for(event)
        if asked_for is None:
            return None
        self.stores.deliveries.add(asked_for)
        delivery = self.stores.deliveries.get(event.event_id)
        # One that was called before has its wake-up; a second one would be woken up for twice, for ever.
        return delivery if delivery is not None and delivery.attempts == 0 else None

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
        )
        self.wake_ups.set(settled, self.stores.clock.now())
        return settled


@cache
def switchboard() -> Switchboard:
    """Wire the parts, once for each environment."""
    from aws_lambda_powertools.utilities import parameters  # it loads the SDK, which nothing else does at import

    settings = Settings.from_env(os.environ)
    stores = AwsStores.open(settings, signer=UrlSigner.told(settings.url_signer))
    return Switchboard(
        stores=stores,
        wake_ups=SqsWakeUps(stores.clients, settings.wake_up_queue),
        sender=HttpWebhookSender(),
        install_key=str(parameters.get_secret(settings.install_key_secret)).encode(),
        api_url=settings.api_url,
    )


def deliver(record: SQSRecord) -> None:
    """Handle one message."""
    settled = switchboard().take(record.body)
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


def _record(message: str) -> str:
    """Return the event as it was written beside its task, out of the stream's record that the bus carried."""
    return str(json.loads(message)["detail"]["dynamodb"]["NewImage"]["record"]["S"])

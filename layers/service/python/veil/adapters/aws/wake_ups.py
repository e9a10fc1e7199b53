"""When to look at a delivery again: messages that arrive when it is due."""

import math
from datetime import datetime

from veil.adapters.aws.clients import AwsClients
from veil.domain.deliveries import Delivery, DeliveryState

MAX_DELAY_SECONDS = 900


class SqsWakeUps:
    """Delayed messages of a standard queue, each the id of a delivery.

    They decide nothing: the delivery says whether and when it is due. A message that arrives twice or
    early costs one look; one that gets lost is made good by whoever asks the store what is due.
    """

    def __init__(self, clients: AwsClients, url: str) -> None:
        self._clients = clients
        self._url = url

    def set(self, delivery: Delivery, now: datetime) -> None:
        """Wake somebody when the delivery is due, or after SQS's longest delay to set the rest; not if it is over."""
        if delivery.state is not DeliveryState.PENDING:
            return
        wait_seconds = math.ceil((delivery.due_at - now).total_seconds())
        self._clients.sqs.send_message(
            QueueUrl=self._url,
            MessageBody=delivery.delivery_id,
            DelaySeconds=min(max(wait_seconds, 0), MAX_DELAY_SECONDS),
        )

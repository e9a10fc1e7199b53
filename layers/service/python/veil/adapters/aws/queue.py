"""The work queue of one lane in SQS."""

from veil.adapters.aws.clients import AwsClients
from veil.adapters.records import RecordFormat
from veil.ports.queue import TaskRef

REFS = RecordFormat(TaskRef)
"""How a task is written in a message."""


class SqsWorkQueue:
    """Offers as messages of a standard queue, whose consumers AWS runs: the express lane's function, Batch's list.

    A message may come twice, late, or not in order, and nothing is lost by it: a task that is offered twice is
    claimed once, and one whose offer got lost is offered again by the recovery.
    """

    def __init__(self, clients: AwsClients, url: str) -> None:
        self._clients = clients
        self._url = url

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker."""
        self._clients.sqs.send_message(QueueUrl=self._url, MessageBody=REFS.dump(ref))

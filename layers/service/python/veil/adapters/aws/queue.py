"""The work queue of one lane in SQS."""

from veil.adapters.aws.clients import AwsClients
from veil.adapters.records import RecordFormat
from veil.ports.queue import Message, TaskRef

REFS = RecordFormat(TaskRef)
"""How a task is written in a message."""


class SqsWorkQueue:
    """Offers as messages of a standard queue, which hides a message that was taken as long as it is set to.

    The queue promises a little less than one in a database, and nothing is lost by it: a task that is
    offered twice is claimed once, and one whose offer got lost is offered again when its lease runs out.

    * A task that is put again has two offers.
    * Settling an offer that meanwhile went to another worker may take it from that worker, too.
    * Tasks come roughly, not exactly, in the order they were put.
    """

    def __init__(self, clients: AwsClients, url: str, *, wait_seconds: int = 20) -> None:
        """Use the queue behind the URL.

        Args:
            clients: This process's clients.
            url: The queue's URL.
            wait_seconds: How long `take` waits for a message, at most 20. 0 may miss some that are there.
        """
        self._clients = clients
        self._url = url
        self._wait_seconds = wait_seconds

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker."""
        self._clients.sqs.send_message(QueueUrl=self._url, MessageBody=REFS.dump(ref))

    def take(self) -> Message | None:
        """Return a task for this worker and hide it from the others for a while, or None."""
        answer = self._clients.sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=self._wait_seconds
        )
        received = next(iter(answer.get("Messages", ())), None)
        return Message(REFS.load(received["Body"]), received["ReceiptHandle"]) if received else None

    def settle(self, message: Message) -> None:
        """Take the offer back for good; doing so twice, or late, is no error."""
        self._clients.sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)

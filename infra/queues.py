"""Queues, each with a place for what could not be handled."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

# The longest SQS keeps anything: time to notice, to mend and to replay.
KEPT = Duration.days(14)


class DeadLetters(Construct):
    """A queue of what nobody could handle. An alarm watches it; an operator empties it."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        self.queue = _new_queue(self, "Queue")


class RetriedQueue(Construct):
    """A queue whose messages are offered some times and then become dead letters."""

    def __init__(self, scope: Construct, id_: str, *, visibility: Duration, tries: int) -> None:
        super().__init__(scope, id_)
        self.dead_letters = DeadLetters(self, "DeadLetters")
        self.queue = _new_queue(
            self,
            "Queue",
            visibility=visibility,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=tries, queue=self.dead_letters.queue),
        )


def _new_queue(
    scope: Construct,
    id_: str,
    *,
    visibility: Duration | None = None,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    return sqs.Queue(
        scope,
        id_,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=KEPT,
        visibility_timeout=visibility,
        dead_letter_queue=dead_letter_queue,
    )

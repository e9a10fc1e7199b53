"""A deployed stack in the hands of whoever operates it: with their own credentials, not a function's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from veil.adapters.aws.account_creation import add_account, owner_named
from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.stores import AwsStores
from veil.adapters.aws.wake_ups import SqsWakeUps
from veil.domain.deliveries import Delivery
from veil.domain.errors import VeilError
from veil.settings import StoreSettings


class DeploymentError(VeilError):
    """There is no such stack, or it is of a version that this command does not know."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What an operator reaches of one stack."""

    stores: AwsStores
    outputs: Mapping[str, str]

    @classmethod
    def open(cls, stack: str, region: str) -> Self:
        """Find the stack by its name.

        Raises:
            DeploymentError: It has not told what is needed.
        """
        clients = AwsClients(region)
        answer = clients.cloudformation.describe_stacks(StackName=stack)
        outputs = {each["OutputKey"]: each["OutputValue"] for each in answer["Stacks"][0].get("Outputs", ())}
        if missing := _NEEDED - outputs.keys():
            raise DeploymentError(f"Stack {stack} does not tell {', '.join(sorted(missing))}: deploy it anew.")
        settings = StoreSettings(
            aws_region=region,
            table=outputs["Table"],
            bucket=outputs["Bucket"],
            retention_days=int(outputs["RetentionDays"]),
        )
        return cls(AwsStores.open(settings, clients), outputs)

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """Have each of the deliveries called as soon as it is due."""
        wake_ups = SqsWakeUps(self.stores.clients, self.outputs["WebhookQueue"])
        for delivery in deliveries:
            wake_ups.set(delivery, self.stores.clock.now())

    def add_user(self, username: str, password: str) -> None:
        """Create an account that may sign in at once; see `add_account`."""
        add_account(self.stores.clients.cognito, self.outputs["UserPool"], username, password)

    def owner_named(self, username: str) -> str | None:
        """Return the owner of the account's tasks, or None where there is no such account."""
        return owner_named(self.stores.clients.cognito, self.outputs["UserPool"], username)

    def dead_letters(self) -> Iterator[tuple[str, int]]:
        """Yield the ARN of each queue of dead letters that can go back to where they came from, and how many it has."""
        sqs = self.stores.clients.sqs
        for arn in self.outputs["DeadLetterQueues"].split(","):
            url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
            told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            yield arn, int(told["Attributes"]["ApproximateNumberOfMessages"])

    def redrive(self, arn: str) -> None:
        """Have SQS move a queue's dead letters back to where they came from. It goes on after this has returned."""
        self.stores.clients.sqs.start_message_move_task(SourceArn=arn)

    def replay_events(self, begin: datetime, end: datetime) -> str:
        """Have EventBridge put the bus's events of a time on it again, and return the replay's name.

        It goes on after this has returned. Handling an event twice changes nothing.
        """
        events = self.stores.clients.events
        archive = events.describe_archive(ArchiveName=self.outputs["EventArchive"])
        name = f"veil-{self.stores.clock.now():%Y%m%d-%H%M%S}"
        events.start_replay(
            ReplayName=name,
            EventSourceArn=archive["ArchiveArn"],
            EventStartTime=begin,
            EventEndTime=end,
            Destination={"Arn": archive["EventSourceArn"]},
        )
        return name


_NEEDED = frozenset(
    {"Table", "Bucket", "RetentionDays", "WebhookQueue", "DeadLetterQueues", "EventArchive", "UserPool"}
)

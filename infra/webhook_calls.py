"""What tells webhooks and callbacks of jobs: how tasks and jobs end reaches a function by a queue of calls."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import rights
from infra.foundations import Foundations
from infra.queues import RetriedQueue
from infra.triggers import consume, through_queue

# What is told to webhooks, and to callbacks of jobs.
ENDS = ("task.done", "task.failed", "job.awaiting_approval", "job.done")
# A call takes up to 20 s, and each message waits for those before it in its batch.
VISIBILITY = Duration.minutes(6)


class WebhookCalls(RetriedQueue):
    """The queue of calls, and the function that makes them."""

    def __init__(self, scope: Construct, id_: str, *, given: Foundations, api_url: str) -> None:
        super().__init__(scope, id_, visibility=VISIBILITY, tries=10)
        told = {
            "VEIL_WAKE_UP_QUEUE": self.queue.queue_url,
            "VEIL_INSTALL_KEY_SECRET": given.secret.secret_arn,
            "VEIL_API_URL": api_url,
        }
        # Each call wakes the next one, until its policy ends them after a day (veil.webhooks.policy).
        deliver = given.new.on_messages(
            "DeliverWebhook", "deliver_webhook", {**given.stores, **told}, feeds_itself=True
        )
        through_queue(given.events.on_kinds("Over", ENDS), self.queue, lost=given.lost)
        consume(self.queue, deliver, batch_size=1, at_once=given.config.webhooks_at_once)
        rights.change_tasks(deliver, given.table)
        given.urls.grant_signing(deliver)
        rights.send(deliver, self.queue)
        rights.find_tasks_of_jobs(deliver, given.table)
        rights.allow(deliver, ("secretsmanager:GetSecretValue",), [given.secret.secret_arn])
        self.function: lambda_.Function = deliver

    def grant_recovery(self, function: lambda_.Function) -> None:
        """Let the function wake up calls that nobody was woken up for."""
        function.add_environment("VEIL_WAKE_UP_QUEUE", self.queue.queue_url)
        rights.send(function, self.queue)

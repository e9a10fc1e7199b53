"""What an operator is called for. docs/operations.md says what to do about each."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.python_function import metrics_namespace

FIVE_MINUTES = Duration.minutes(5)


class CountAlarm(NamedTuple):
    """A metric that a function counts, and how much of it in a time is too much."""

    service: str
    metric: str
    above: int
    about: str
    minutes: int = 5
    statistic: str = "Sum"


COUNT_ALARMS = (
    CountAlarm("anonymizer", "TaskBroke", 3, "Tasks break their worker; the anonymizer's logs say which and how."),
    CountAlarm("deliver_webhook", "WebhookDead", 0, "A webhook was given up after a day of calls."),
    # Told at each recovery, twice an hour: queues know nothing of what waits in Batch, or was lost on its way.
    CountAlarm("recover_tasks", "LongestWait", 3600, "A task waits for a worker for an hour.", 30, "Maximum"),
    # A machine that starts, fails and starts again takes some minutes for each round.
    CountAlarm("on_worker_exit", "WorkerDied", 3, "Batch workers die of something else than a lost machine.", 60),
)


class Alarms(Construct):
    """A topic, and the alarms that go to it."""

    def __init__(self, scope: Construct, id_: str, *, email: str) -> None:
        super().__init__(scope, id_)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        # CloudWatch publishes for every account; another account's alarms are not published here.
        ours = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        self.topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=ours))
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def on_dead_letters(self, queues: Mapping[str, sqs.IQueue]) -> None:
        """Call when anything lies in one of the queues."""
        for name, queue in queues.items():
            metric = queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum")
            self._call(f"{name}DeadLetters", metric, above=0, about=f"Nobody could handle something: {name}.")

    def on_waiting(self, name: str, queue: sqs.IQueue, *, minutes: int) -> None:
        """Call when something waits in the queue for longer than that."""
        metric = queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES, statistic="Maximum")
        self._call(f"{name}Waiting", metric, above=minutes * 60, about=f"{name}: something waits too long.", periods=3)

    def on_api(self, gateway: apigateway.RestApi) -> None:
        """Call when the API fails or is slow."""
        failed = gateway.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        slow = gateway.metric_latency(period=FIVE_MINUTES, statistic="p95")
        self._call("ApiErrors", failed, above=5, about="The API answers 5xx.", periods=2)
        self._call("ApiSlow", slow, above=3000, about="One API call in twenty takes more than 3 s.", periods=3)

    def on_counts(self, services: Collection[str]) -> None:
        """Call when what these of our functions count says that something goes wrong for customers."""
        for each in COUNT_ALARMS:
            if each.service not in services:
                continue
            metric = cloudwatch.Metric(
                namespace=metrics_namespace(self),
                metric_name=each.metric,
                dimensions_map={"service": each.service},
                period=Duration.minutes(each.minutes),
                statistic=each.statistic,
            )
            self._call(each.metric, metric, above=each.above, about=each.about)

    def _call(self, id_: str, metric: cloudwatch.IMetric, *, above: float, about: str, periods: int = 1) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id_,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=about,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

"""How events reach functions, so that none is lost on the way."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs

MAX_EVENT_AGE = Duration.hours(6)


def through_queue(rule: events.Rule, queue: sqs.IQueue, *, lost: sqs.IQueue) -> None:
    """Put the rule's events into a queue: for what comes in floods."""
    rule.add_target(targets.SqsQueue(queue, dead_letter_queue=lost))


def invoke_directly(rule: events.Rule, function: lambda_.Function, *, lost: sqs.IQueue) -> None:
    """Hand the rule's events to the function: for what comes seldom. Spares the polling of an empty queue."""
    rule.add_target(
        targets.LambdaFunction(function, dead_letter_queue=lost, max_event_age=MAX_EVENT_AGE, retry_attempts=100)
    )


def consume(
    queue: sqs.IQueue, function: lambda_.Function, *, batch_size: int, at_once: int, window: Duration | None = None
) -> None:
    """Let the function work the queue off; it says which messages of a batch it could not handle."""
    function.add_event_source(
        sources.SqsEventSource(
            queue,
            batch_size=batch_size,
            max_batching_window=window,
            max_concurrency=at_once,
            report_batch_item_failures=True,
        )
    )

"""The end of a task is told once, and again until it is heard."""

import importlib
import io

import pytest

from veil.adapters.aws.event_items import task_event
from veil.domain.causes import FailureCause
from veil.domain.deliveries import DeliveryState


@pytest.fixture
def deliver(start, clients, monkeypatch, environment):
    import boto3

    secrets = boto3.Session(region_name=environment["AWS_REGION"]).client("secretsmanager")
    secrets.create_secret(Name="install-key", SecretString="k" * 64)
    monkeypatch.setenv("AWS_DEFAULT_REGION", environment["AWS_REGION"])
    monkeypatch.setenv("VEIL_INSTALL_KEY_SECRET", "install-key")
    monkeypatch.setenv("VEIL_API_URL", "https://api.example")
    return start("deliver_webhook")


@pytest.fixture
def task_failed(new_task, stores, clock):
    """The event of a task whose webhook is on an address that is never called."""
    failed = new_task(webhook="https://127.0.0.1/hook").failed(FailureCause.IMAGE_DEFECT, clock.now())
    stores.tasks.save(failed)
    return failed.event, {"detail-type": "task-event", "detail": {"dynamodb": {"NewImage": task_event(failed).item}}}


def test_a_call_that_failed_is_due_again_and_somebody_is_woken_up_for_it(
    deliver, task_failed, sqs_event, stores, clients, queues
):
    event, message = task_failed

    assert deliver(sqs_event(message)) == {"batchItemFailures": []}

    delivery = stores.deliveries.get(event.event_id)
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 1)
    counts = clients.sqs.get_queue_attributes(
        QueueUrl=queues["calls"], AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert counts["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


def test_the_same_event_again_neither_calls_nor_wakes_twice(deliver, task_failed, sqs_event, stores, clients, queues):
    event, message = task_failed
    deliver(sqs_event(message))

    deliver(sqs_event(message))

    assert stores.deliveries.get(event.event_id).attempts == 1
    counts = clients.sqs.get_queue_attributes(
        QueueUrl=queues["calls"], AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert counts["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


def test_a_wake_up_of_a_delivery_that_nobody_knows_is_done(deliver, sqs_event):
    assert deliver(sqs_event("evt_1_2")) == {"batchItemFailures": []}


def test_no_url_and_no_secret_is_logged(deliver, task_failed, sqs_event, monkeypatch):
    _, message = task_failed
    log = io.StringIO()
    (handler,) = importlib.import_module("functions.deliver_webhook.handler").logger.handlers
    monkeypatch.setattr(handler, "stream", log)

    deliver(sqs_event(message))

    assert "called a webhook" in log.getvalue()
    assert "127.0.0.1/hook" not in log.getvalue()
    assert "kkkk" not in log.getvalue()

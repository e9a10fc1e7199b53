from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from tests.memory_adapters import MemoryTaskStore
from veil.domain.causes import FailureCause
from veil.domain.deliveries import DeliveryState
from veil.domain.errors import WebhookCallError, WebhookRefusedError
from veil.domain.media import Artifact
from veil.domain.task import WebhookStatus
from veil.ports.webhooks import WebhookAnswer
from veil.webhooks.signing import webhook_secret

SENT, FAILED, SET = WebhookStatus.SENT, WebhookStatus.FAILED, WebhookStatus.SET


def test_a_done_task_is_told_once_and_signed(service, answering):
    delivery, receiver = service.end_task(), answering(204)

    settled = service.deliver(delivery, receiver)

    assert settled.state is DeliveryState.DELIVERED
    assert service.deliveries.get(delivery.delivery_id) == settled
    assert service.deliveries.due(service.start + timedelta(days=2), 10) == []
    assert service.webhook_status() is SENT
    [call] = receiver.calls
    assert call.url == service.url
    assert (call.headers["Content-Type"], call.headers["User-Agent"]) == ("application/json", "Veil")
    expires = int(service.start.timestamp()) + 14400
    told = Webhook(webhook_secret(service.install_key, "ana")).verify(call.body, dict(call.headers))
    assert told == {
        "customer_id": "ana",
        "task_id": 7,
        "task_status": "done",
        "anonymized_url": f"memory:///ana/7/1/anonymized.jpeg?method=GET&expires={expires}",
    }


def test_a_failed_task_is_told_with_its_cause(service, answering):
    receiver = answering(200)

    service.deliver(service.end_task(cause=FailureCause.IMAGE_DEFECT), receiver)

    [body] = receiver.bodies
    assert (body["task_status"], body["failure_cause"]) == ("failed", "IMAGE_DEFECT")
    assert "anonymized_url" not in body


def test_a_task_without_an_anonymized_picture_is_told_without_a_url(service, answering):
    receiver = answering(200)

    service.deliver(service.end_task(artifacts=(Artifact.BINARY_MASK, Artifact.METADATA)), receiver)

    assert receiver.bodies == [{"customer_id": "ana", "task_id": 7, "task_status": "done"}]


def test_a_task_deleted_before_the_call_is_told_as_it_ended_without_a_url(service, answering):
    delivery, receiver = service.end_task(), answering(200)
    service.delete_task()

    settled = service.deliver(delivery, receiver)

    assert receiver.bodies == [{"customer_id": "ana", "task_id": 7, "task_status": "done"}]
    assert settled.state is DeliveryState.DELIVERED


def test_a_delivery_without_its_task_ends_where_an_operator_sees_it(service, answering):
    delivery, receiver = service.end_task(), answering(200)

    settled = service.deliver(delivery, receiver, tasks=MemoryTaskStore())

    assert (settled.state, settled.last_error) == (DeliveryState.DEAD, "The task does not exist.")
    assert receiver.calls == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (500, "The receiver answered 500."),
        (404, "The receiver answered 404."),
        (302, "The receiver answered 302."),
        (199, "The receiver answered 199."),
        (WebhookCallError("hook.example took too long to answer."), "hook.example took too long to answer."),
        (WebhookRefusedError("The webhook is refused."), "The webhook is refused."),
    ],
)
def test_a_call_that_fails_is_due_again_later_and_says_why(service, answering, answer, why):
    settled = service.deliver(service.end_task(), answering(answer))

    assert (settled.state, settled.attempts, settled.last_error) == (DeliveryState.PENDING, 1, why)
    assert settled.due_at == service.start + timedelta(seconds=5)
    assert service.webhook_status() is SET


def test_every_repeat_has_the_same_id_a_new_url_and_a_new_signature(service, answering):
    delivery, receiver = service.end_task(), answering(500, 503, 200)

    settled = service.run_until_settled(delivery.delivery_id, receiver)

    assert (settled.state, settled.attempts, settled.last_error) == (DeliveryState.DELIVERED, 3, None)
    assert receiver.ids == {delivery.delivery_id}
    assert len({body["anonymized_url"] for body in receiver.bodies}) == 3
    assert len({call.headers["webhook-signature"] for call in receiver.calls}) == 3
    assert service.webhook_status() is SENT


def test_the_wish_for_a_pause_is_honoured(service, answering):
    settled = service.deliver(service.end_task(), answering(WebhookAnswer(503, "600")))

    assert settled.due_at == service.start + timedelta(minutes=10)


def test_after_a_day_the_delivery_is_a_dead_letter_and_the_task_says_so(service, answering):
    delivery, receiver = service.end_task(), answering(500)

    settled = service.run_until_settled(delivery.delivery_id, receiver)

    assert settled.state is DeliveryState.DEAD
    assert service.clock.now() == service.start + timedelta(hours=24)
    assert len(receiver.calls) == settled.attempts == 16
    assert service.deliveries.dead() == [settled]
    assert service.webhook_status() is FAILED


def test_a_receiver_that_is_gone_is_not_called_again(service, answering):
    settled = service.deliver(service.end_task(), answering(410))

    assert (settled.state, settled.last_error) == (DeliveryState.DEAD, "The receiver answered 410.")
    assert service.webhook_status() is FAILED

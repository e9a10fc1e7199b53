"""Make one webhook call and decide what follows from its outcome."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.errors import WebhookCallError, WebhookRefusedError
from veil.domain.media import DOWNLOAD_URL_LIFE, Artifact
from veil.domain.task import Task, TaskStatus, WebhookStatus
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import DeliveryStore, TaskStore
from veil.ports.webhooks import WebhookAnswer, WebhookCall, WebhookSender
from veil.use_cases.record_webhook_status import record_webhook_status
from veil.webhooks.policy import next_due, requested_pause
from veil.webhooks.signing import signature_headers, webhook_secret


def deliver_webhook(
    delivery: Delivery,
    *,
    tasks: TaskStore,
    media: MediaStore,
    deliveries: DeliveryStore,
    sender: WebhookSender,
    clock: Clock,
    install_key: bytes,
    body_of: Callable[[Task, str | None], str],
    jitter: Callable[[], float],
) -> Delivery:
    """Call the delivery's webhook once, save what became of it, and return it.

    The outcome is saved together with what the task shows of it: a crash before that repeats the call under the
    same id, which receivers can tell, and leaves no task that waits for a call nobody makes.

    The owners' signing secrets are derived from `install_key`. `body_of` returns the body, given the task and a fresh
    URL of its result, or None where there is no file to download. `jitter` returns a number in 0..1, evenly
    spread: without it, everything that failed together would come again together.
    """
    task = tasks.get(delivery.owner, delivery.task_id)
    if task is None or task.status is TaskStatus.FORGOTTEN:
        settled = _dead(delivery, "The task does not exist.")
        deliveries.save(settled)
        return settled
    call = _call(delivery, task, media=media, install_key=install_key, now=clock.now(), body_of=body_of)
    settled = _settled(delivery, call, sender, clock, jitter)
    _save(settled, tasks, deliveries)
    return settled


def _call(
    delivery: Delivery,
    task: Task,
    *,
    media: MediaStore,
    install_key: bytes,
    now: datetime,
    body_of: Callable[[Task, str | None], str],
) -> WebhookCall:
    """Build the call anew: a URL from an earlier attempt would have lost part of its life."""
    key = task.key_of(Artifact.ANONYMIZED)
    body = body_of(task, media.download_url(key, life=DOWNLOAD_URL_LIFE) if key else None)
    secret = webhook_secret(install_key, delivery.owner)
    own = task.origin.webhook_header
    headers = {
        **({own.name: own.value} if own else {}),
        "Content-Type": "application/json",
        "User-Agent": "Veil",
        **signature_headers(secret, delivery.delivery_id, now, body),
    }
    return WebhookCall(delivery.url, headers, body.encode())


def _settled(
    delivery: Delivery, call: WebhookCall, sender: WebhookSender, clock: Clock, jitter: Callable[[], float]
) -> Delivery:
    tried = replace(delivery, attempts=delivery.attempts + 1)
    try:
        answer = sender.send(call)
    except (WebhookRefusedError, WebhookCallError) as error:
        return _after_failure(tried, str(error), timedelta(), clock.now(), jitter)
    return _after_answer(tried, answer, clock.now(), jitter)


def _after_answer(tried: Delivery, answer: WebhookAnswer, now: datetime, jitter: Callable[[], float]) -> Delivery:
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return replace(tried, state=DeliveryState.DELIVERED, last_error=None)
    why = f"The receiver answered {answer.status}."
    if answer.status == HTTPStatus.GONE:
        # Standard Webhooks: the receiver wants no more calls.
        return _dead(tried, why)
    return _after_failure(tried, why, requested_pause(answer.retry_after, now), now, jitter)


def _after_failure(tried: Delivery, why: str, asked: timedelta, now: datetime, jitter: Callable[[], float]) -> Delivery:
    due_at = next_due(tried.attempts, tried.first_due_at, now, jitter(), asked)
    if due_at is None:
        return _dead(tried, why)
    return replace(tried, due_at=due_at, last_error=why)


def _dead(delivery: Delivery, why: str) -> Delivery:
    return replace(delivery, state=DeliveryState.DEAD, last_error=why)


def _save(settled: Delivery, tasks: TaskStore, deliveries: DeliveryStore) -> None:
    match settled.state:
        case DeliveryState.PENDING:
            deliveries.save(settled)
        case DeliveryState.DELIVERED:
            record_webhook_status(settled, WebhookStatus.SENT, tasks=tasks, deliveries=deliveries)
        case DeliveryState.DEAD:
            record_webhook_status(settled, WebhookStatus.FAILED, tasks=tasks, deliveries=deliveries)

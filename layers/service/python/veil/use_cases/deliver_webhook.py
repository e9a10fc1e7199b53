"""Make one webhook call and decide what follows from its outcome."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.errors import WebhookCallError, WebhookRefusedError
from veil.domain.media import DOWNLOAD_URL_LIFE, Artifact
from veil.domain.origin import WebhookHeader
from veil.domain.task import Task, TaskStatus, WebhookStatus
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import DeliveryStore, TaskStore
from veil.ports.webhooks import WebhookAnswer, WebhookCall, WebhookSender
from veil.use_cases.record_webhook_status import record_webhook_status
from veil.webhooks.policy import next_due, requested_pause
from veil.webhooks.signing import signature_headers, webhook_secret


class Message(NamedTuple):
    """What a receiver is told: a body, and the header that its owner wants sent along."""

    body: str
    own_header: WebhookHeader | None = None


def no_report(_job_id: str) -> str | None:
    """Return nothing, for no job: where there are none."""
    return None


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
    report_of: Callable[[str], str | None] = no_report,
) -> Delivery:
    """Call the delivery's webhook once, save what became of it, and return it.

    The outcome is saved together with what the task shows of it: a crash before that repeats the call under the
    same id, which receivers can tell, and leaves no task that waits for a call nobody makes.

    The owners' signing secrets are derived from `install_key`. `body_of` returns the body, given the task and a fresh
    URL of its result, or None where there is no file to download. `jitter` returns a number in 0..1, evenly
    spread: without it, everything that failed together would come again together. `report_of` returns what the callback
    of a job is told, or None where the job is gone.
    """
    message = _message(delivery, tasks, media, body_of, report_of)
    if message is None:
        settled = _dead(delivery, f"The {'task' if delivery.job_id is None else 'job'} does not exist.")
        deliveries.save(settled)
        return settled
    call = _call(delivery, message, install_key, clock.now())
    settled = _settled(delivery, call, sender, clock, jitter)
    _save(settled, tasks, deliveries)
    return settled


def _message(
    delivery: Delivery,
    tasks: TaskStore,
    media: MediaStore,
    body_of: Callable[[Task, str | None], str],
    report_of: Callable[[str], str | None],
) -> Message | None:
    """Return what is told now: a URL from an earlier attempt would have lost part of its life."""
    if delivery.job_id is not None:
        report = report_of(delivery.job_id)
        return None if report is None else Message(report)
    task = None if delivery.task_id is None else tasks.get(delivery.owner, delivery.task_id)
    if task is None or task.status is TaskStatus.FORGOTTEN:
        return None
    key = task.key_of(Artifact.ANONYMIZED)
    body = body_of(task, media.download_url(key, life=DOWNLOAD_URL_LIFE) if key else None)
    return Message(body, task.origin.webhook_header)


def _call(delivery: Delivery, message: Message, install_key: bytes, now: datetime) -> WebhookCall:
    secret = webhook_secret(install_key, delivery.owner)
    own = message.own_header
    headers = {
        **({own.name: own.value} if own else {}),
        "Content-Type": "application/json",
        "User-Agent": "Veil",
        **signature_headers(secret, delivery.delivery_id, now, message.body),
    }
    return WebhookCall(delivery.url, headers, message.body.encode())


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

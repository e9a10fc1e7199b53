"""The whole way: an ended task, a real receiver, the library's verifier."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

from standardwebhooks import Webhook

from tests.memory_adapters import MemoryClock, MemoryDeliveryStore, MemoryTaskStore
from tests.memory_media import MemoryMediaStore
from veil.adapters.webhook_sender import HttpWebhookSender
from veil.contracts.webhook_body import webhook_body
from veil.domain.causes import FailureCause
from veil.domain.deliveries import DeliveryState
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task, WebhookStatus
from veil.use_cases.announce import delivery_for
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.webhooks.reach import WebhookReach
from veil.webhooks.signing import webhook_secret

INSTALL_KEY = bytes(range(32))


def test_a_receiver_that_fails_once_is_told_again_and_can_verify_it(receiver):
    statuses = iter([500, 204])

    def answer(request):
        request.send_response(next(statuses))
        request.end_headers()

    server = receiver(answer)
    clock = MemoryClock(datetime.now(UTC))
    deliveries = MemoryDeliveryStore()
    tasks = MemoryTaskStore(deliveries)
    url = f"http://127.0.0.1:{server.port}/hook?param=test"
    policy = Policy(face=ClassRule(hide=True))
    created = Task.create(owner="ana", task_id=7, policy=policy, webhook=url, now=clock.now())
    tasks.add(created)
    tasks.save(created.task.failed(FailureCause.TASK_FILE_DOESNT_EXIST, clock.now()))

    for event in filter(delivery_for, tasks.pending(10)):
        tasks.passed_on([event], [delivery_for(event)])
    for _ in range(2):
        [due] = deliveries.due(clock.now(), 10)
        settled = deliver_webhook(
            due,
            tasks=tasks,
            media=MemoryMediaStore(clock),
            deliveries=deliveries,
            sender=HttpWebhookSender(reach=WebhookReach(own_machine=True)),
            clock=clock,
            install_key=INSTALL_KEY,
            body_of=partial(webhook_body, api_url="https://veil.example"),
            jitter=lambda: 0.5,
        )
        clock.advance(timedelta(seconds=10))

    assert (settled.state, settled.attempts) == (DeliveryState.DELIVERED, 2)
    assert tasks.get("ana", 7).webhook_status is WebhookStatus.SENT
    (path, _, first_body), (_, headers, body) = server.received
    assert path == "/hook?param=test"
    assert body == first_body
    told = Webhook(webhook_secret(INSTALL_KEY, "ana")).verify(body, dict(headers))
    assert told == json.loads(body)
    assert told["failure_cause"] == "TASK_FILE_DOESNT_EXIST"

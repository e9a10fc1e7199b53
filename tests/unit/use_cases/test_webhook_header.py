"""The header that a receiver asked for goes along with every call."""

from dataclasses import replace

from veil.domain.origin import Origin, WebhookHeader


def test_the_header_goes_along_and_changes_nothing_else(service, answering):
    delivery = service.end_task()
    task = service.tasks.get("ana", 7)
    origin = Origin(webhook_header=WebhookHeader("X-Api-Key", "s3cret"))
    service.tasks.update(replace(task, origin=origin, version=task.version + 1))
    receiver = answering(200)

    settled = service.deliver(delivery, receiver)

    headers = receiver.calls[0].headers
    assert headers["X-Api-Key"] == "s3cret"
    assert headers["Content-Type"] == "application/json"
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= headers.keys()
    assert "s3cret" not in repr(settled)

"""Customers are told how their tasks ended, sooner or later, by a call they can trust."""

from time import sleep

import pytest


@pytest.fixture(scope="module")
def client(running):
    return running.ana()


@pytest.fixture(scope="module")
def secret(running):
    """What signs the account's webhooks, as an operator hands it out."""
    return running.run_command("webhooks", "secret", "ana@example.org").stdout.strip()


def test_done_and_failed_are_told_with_a_signature(client, receiver, secret, portrait, eventually):
    done = client.ended(client.submit(portrait, webhook=receiver.url))
    failed = client.ended(client.submit(portrait[:2000], webhook=receiver.url))

    eventually(lambda: len(receiver.calls) == 2)
    told = {body["task_status"]: body for body in receiver.bodies(secret)}
    assert {path for path, _, _ in receiver.calls} == {"/hook?param=test"}
    assert told["done"]["task_id"] == done["task_id"]
    assert client.picture(told["done"]["anonymized_url"]).size == (512, 512)
    assert told["failed"].items() >= {"task_id": failed["task_id"], "failure_cause": "IMAGE_DEFECT"}.items()
    assert "anonymized_url" not in told["failed"]
    eventually(lambda: client.status(done["task_id"])["webhook_status"] == "sent")
    eventually(lambda: client.status(failed["task_id"])["webhook_status"] == "sent")


def test_a_task_without_a_webhook_tells_nobody(client, receiver, portrait):
    ended = client.anonymize(portrait)

    sleep(0.5)
    assert (ended["webhook_status"], receiver.calls) == ("empty", [])


def test_a_call_that_was_given_up_is_listed_and_can_be_replayed(running, client, receiver, portrait, eventually):
    receiver.status = 410
    task_id = client.submit(portrait, webhook=receiver.url)
    eventually(lambda: client.status(task_id)["webhook_status"] == "failed")
    listed = running.run_command("webhooks", "list")

    receiver.status = 200
    replayed = running.run_command("webhooks", "replay", "--all")

    eventually(lambda: client.status(task_id)["webhook_status"] == "sent")
    assert str(task_id) in listed.stdout
    assert "param=test" not in listed.stdout
    assert "1 will be called again" in replayed.stdout
    first, second = receiver.calls
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert str(task_id) not in running.run_command("webhooks", "list").stdout


def test_a_receiver_that_was_down_is_told_later_also_by_a_service_that_was_restarted(
    node, receiver, portrait, eventually
):
    client = node.start().ana()
    receiver.stop()
    task_id = client.submit(portrait, webhook=receiver.url)
    eventually(lambda: [each for each in node.log("webhook") if each["state"] == "pending"])
    node.kill()

    receiver.start()
    client = node.start().ana()

    eventually(lambda: client.status(task_id)["webhook_status"] == "sent")
    assert len(receiver.calls) == 1


def test_private_addresses_are_refused_without_the_development_setting(plain, receiver):
    answers = [
        plain.ana().request_task(webhook=url)
        for url in (receiver.url, "https://127.0.0.1/", "https://169.254.169.254/", "https://localhost:8443/")
    ]

    assert {answer.status_code for answer in answers} == {400}

"""Things come twice, too early or not at all, and workers die: every task ends well all the same."""

import json
from contextlib import contextmanager
from io import BytesIO
from queue import Queue
from threading import Event

import numpy as np
import pytest
from PIL import Image

from tests.e2e.client import WAIT_SECONDS, wait_until

WEBHOOK = "https://hooks.example.org"


@pytest.fixture(scope="session")
def large():
    """A PNG of more than 2 megabytes, which takes the GPU lane."""
    file = BytesIO()
    Image.fromarray(np.full((850, 850, 3), 90, np.uint8)).save(file, "PNG", compress_level=0)
    return file.getvalue()


@pytest.fixture
def at_its_first_result(cloud, monkeypatch):
    """Holds whoever puts the first result of a task, until the `with` is over."""

    @contextmanager
    def held(submit):
        puts, over, tell = Queue(), Event(), cloud.endpoint.object_created

        def hold(bucket, key):
            puts.put(key)
            if not key.endswith("/original"):
                assert over.wait(WAIT_SECONDS)
            tell(bucket, key)

        monkeypatch.setattr(cloud.endpoint, "object_created", hold)
        task_id = submit()
        while f"/{task_id}/1/" not in puts.get(timeout=WAIT_SECONDS):
            pass
        monkeypatch.setattr(cloud.endpoint, "object_created", tell)
        try:
            yield task_id
        finally:
            over.set()

    return held


def original(task):
    return f"{task['customer_id']}/{task['task_id']}/original"


def calls_of(receiver, path):
    return [json.loads(body) for where, _, body in receiver.calls if where == path]


def test_an_upload_that_is_told_of_twice_is_worked_on_once(cloud, ana, portrait, receiver, eventually):
    task = ana.create(webhook=f"{WEBHOOK}/twice")
    ana.upload(task, portrait)
    ana.ended(task["task_id"])
    eventually(lambda: calls_of(receiver, "/twice"))

    cloud.object_created(cloud.one("S3::Bucket"), original(task))
    eventually(lambda: not cloud.messages("UploadsQueue") and not cloud.messages("ExpressLaneWorkQueue"))

    assert ana.status(task["task_id"])["task_status"] == "done"
    assert len(calls_of(receiver, "/twice")) == 1


def test_a_cancelled_transaction_leaves_later_changes_heard(cloud, ana, portrait, receiver, eventually):
    table = cloud.one("DynamoDB::Table")
    item = {"TableName": table, "Item": {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}}
    dynamodb = cloud.clients("dynamodb")

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[{"Put": item | {"ConditionExpression": "attribute_exists(pk)"}}],
        )

    ana.upload(ana.create(webhook=f"{WEBHOOK}/after-a-cancelled-one"), portrait)
    assert eventually(lambda: calls_of(receiver, "/after-a-cancelled-one"), what="the webhook")


def test_an_event_that_comes_before_its_upload_does_no_harm(cloud, ana, portrait, eventually):
    task = ana.create()
    event = {"detail": {"object": {"key": original(task)}}}

    cloud.clients("sqs").send_message(QueueUrl=cloud.queue("UploadsQueue"), MessageBody=json.dumps(event))
    eventually(lambda: not cloud.messages("UploadsQueue"))
    ana.upload(task, portrait)

    assert ana.ended(task["task_id"])["task_status"] == "done"


def test_a_message_that_nobody_can_handle_ends_among_the_dead_letters_and_stops_nobody(cloud, ana, portrait):
    cloud.clients("sqs").send_message(QueueUrl=cloud.queue("UploadsQueue"), MessageBody='{"detail": "nonsense"}')

    done = ana.anonymize(portrait)

    def is_dead():
        cloud.let_messages_return()
        return cloud.messages("UploadsDeadLetters") == 1

    assert done["task_status"] == "done"
    wait_until(is_dead, what="the end of the message")


def test_a_worker_of_the_express_lane_dies_and_the_next_one_ends_the_task(cloud, ana, portrait, at_its_first_result):
    with at_its_first_result(lambda: ana.submit(portrait)) as task_id:
        cloud.functions["anonymizer"].kill()

    def is_done():
        cloud.let_messages_return()
        return ana.status(task_id)["task_status"] == "done"

    wait_until(is_done, what="the next worker's result")


@pytest.mark.parametrize(
    "exit_code", [pytest.param(143, id="reclaimed by Spot"), pytest.param(-9, id="killed", marks=pytest.mark.slow)]
)
def test_a_job_of_the_gpu_lane_is_stopped_and_its_task_ends(cloud, ana, large, at_its_first_result, exit_code):
    before = len(cloud.jobs.exit_codes)
    with at_its_first_result(lambda: ana.submit(large)) as task_id:
        ((job_id, process),) = cloud.jobs.running.items()
        if exit_code == -9:
            process.kill()
        else:
            cloud.jobs.reclaim_host(job_id)

    assert ana.ended(task_id)["task_status"] == "done"
    wait_until(lambda: cloud.jobs.exit_codes[before:] == [exit_code, 0], what="both exits")


@pytest.mark.slow
def test_a_webhook_that_fails_is_called_again(ana, portrait, receiver, eventually):
    receiver.answers.append(500)

    task_id = ana.submit(portrait, webhook=f"{WEBHOOK}/again")
    ana.ended(task_id)

    first, second = eventually(lambda: (found := calls_of(receiver, "/again"))[1:] and found, what="a second call")
    assert {first["task_id"], second["task_id"]} == {task_id}


def test_a_deleted_task_leaves_no_file(cloud, ana, portrait, eventually):
    task = ana.create()
    ana.upload(task, portrait)
    ana.ended(task["task_id"])

    ana.call("DELETE", f"/v2/task/{task['task_id']}")
    ana.upload(task, portrait)

    eventually(lambda: not [key for key in cloud.objects() if str(task["task_id"]) in key], what="the deletion")


def test_a_task_whose_time_is_over_leaves_no_file(cloud, ana, portrait, eventually):
    task = ana.create()
    ana.upload(task, portrait)
    ana.ended(task["task_id"])
    key = {"pk": {"S": f"owner#{task['customer_id']}"}, "sk": {"S": f"{task['task_id']:019}"}}

    cloud.expire(key)

    eventually(lambda: not [key for key in cloud.objects() if str(task["task_id"]) in key], what="the deletion")
    assert ana.call("GET", f"/v2/task/{task['task_id']}").status_code == 400


def test_what_fell_through_all_nets_is_picked_up_by_the_schedule(cloud, ana, portrait):
    task = ana.create()
    key = original(task)
    quiet, cloud.endpoint.object_created = cloud.endpoint.object_created, lambda _bucket, _key: None
    ana.upload(task, portrait)
    cloud.endpoint.object_created = quiet
    assert key in cloud.objects()

    cloud.buses.tick()

    assert ana.ended(task["task_id"])["task_status"] == "done"


def test_nothing_of_all_this_asked_for_a_right_that_it_has_not(cloud, ana, portrait):
    ana.anonymize(portrait)

    assert cloud.endpoint.denials == []

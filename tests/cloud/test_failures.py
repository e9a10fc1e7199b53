"""Things come twice, too early or not at all, and workers die: every task ends well all the same."""

import json

import numpy as np
import pytest

from tests.e2e.client import wait_until

WEBHOOK = "https://hooks.example.org"


@pytest.fixture(scope="session")
def large(astronaut):
    """A PNG of 10 megabytes, which takes a worker a while."""
    return _png(astronaut, 1800)


@pytest.fixture(scope="session")
def huge(astronaut):
    """A PNG of more than 25 megabytes, which takes the GPU lane."""
    return _png(astronaut, 2950)


def _png(picture, side):
    from io import BytesIO

    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)
    noise[:512, :512] = picture
    file = BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=0)
    return file.getvalue()


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


def test_a_worker_of_the_express_lane_dies_and_the_next_one_ends_the_task(cloud, ana, large, eventually):
    task_id = ana.submit(large)
    eventually(lambda: ana.status(task_id)["task_status"] == "processing", what="a worker")

    cloud.functions["anonymizer"].kill()

    def is_done():
        cloud.let_messages_return()
        return ana.status(task_id)["task_status"] == "done"

    wait_until(is_done, what="the next worker's result")


@pytest.mark.parametrize(
    ("end", "exit_codes"),
    [("reclaimed by Spot", [143, 0]), pytest.param("killed", [-9, 0], marks=pytest.mark.slow)],
)
def test_a_job_of_the_gpu_lane_is_stopped_and_its_task_ends(cloud, ana, huge, end, exit_codes):
    before = len(cloud.jobs.exit_codes)
    task_id = ana.submit(huge)
    wait_until(lambda: ana.status(task_id)["task_status"] == "processing", what="a job")
    ((job_id, process),) = cloud.jobs.running.items()

    if end == "killed":
        process.kill()
    else:
        cloud.jobs.reclaim_host(job_id)

    assert ana.ended(task_id)["task_status"] == "done"
    wait_until(lambda: cloud.jobs.exit_codes[before:] == exit_codes, what="both exits")


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

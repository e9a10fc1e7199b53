"""What workers leave behind is offered again, or has had its last chance."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from veil.adapters.aws.batch import dump_refs
from veil.domain.causes import FailureCause
from veil.domain.media import MediaType, Upload
from veil.domain.task import TaskStatus, WebhookStatus
from veil.domain.task_facts import MAX_OFFERS
from veil.ports.queue import TaskRef
from veil.use_cases.announce import delivery_for


@pytest.fixture
def claimed(new_task, stores, clock):
    """A task that a worker of the job `job-1` has claimed."""
    task = new_task()
    queued = task.uploaded(Upload(3, "image/jpeg", b"\xff\xd8\xff", "0" * 64), MediaType.JPEG, clock.now())
    stores.tasks.save(queued)
    taken = queued.task.claimed("job-1#1", clock.now(), timedelta(seconds=60))
    stores.tasks.save(taken)
    return taken.task


def job_failed(task, reason, job="job-1"):
    environment = [{"name": "VEIL_TASKS", "value": dump_refs([TaskRef(task.owner, task.task_id)])}]
    return {"detail": {"jobId": job, "statusReason": reason, "container": {"environment": environment}}}


@pytest.mark.parametrize(
    ("reason", "attempts"),
    [("Host EC2 (instance i-0) terminated.", 0), ("Essential container in task exited", 1)],
)
def test_a_job_that_died_gives_its_tasks_back_and_only_a_crash_counts(
    start, claimed, stores, waiting, reason, attempts
):
    start("on_worker_exit")(job_failed(claimed, reason))

    task = stores.tasks.get(claimed.owner, claimed.task_id)
    assert (task.status, task.attempts, task.lease) == (TaskStatus.QUEUED, attempts, None)
    assert [json.loads(each)["task_id"] for each in waiting("batch")] == [claimed.task_id]


def test_a_job_that_only_looks_leaves_the_task_to_the_job_that_waits_for_it(start, new_task, stores, waiting):
    task = new_task()
    event = job_failed(task, "Essential container in task exited")
    event["detail"]["container"]["environment"].append({"name": "VEIL_LOOKERS", "value": "2"})

    start("on_worker_exit")(event)

    assert stores.tasks.get(task.owner, task.task_id) == task
    assert waiting("batch") == []


def test_a_task_that_another_worker_has_by_now_is_left_alone(start, claimed, stores, waiting):
    start("on_worker_exit")(job_failed(claimed, "Essential container in task exited", job="job-0"))

    assert stores.tasks.get(claimed.owner, claimed.task_id) == claimed
    assert waiting("batch") == []


def test_the_recovery_leaves_alone_what_moved_a_moment_ago_and_counts_nothing(start, claimed, stores, waiting, capsys):
    start("recover_tasks")({})

    assert stores.tasks.get(claimed.owner, claimed.task_id) == claimed
    assert waiting("express") == waiting("batch") == []
    assert "_aws" not in capsys.readouterr().out


def test_the_recovery_counts_what_it_picked_up(start, new_task, stores, capsys):
    forgotten = new_task(ago=timedelta(hours=3))

    start("recover_tasks")({})

    assert stores.tasks.get(forgotten.owner, forgotten.task_id).status is TaskStatus.FAILED
    counted = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line)
    assert (counted["TasksRecovered"], counted["service"]) == ([1.0], "test")


@pytest.fixture
def waiting_task(new_task, stores, clock):
    """Makes a task that has waited for a worker for some time."""

    def make(ago, webhook=None):
        task = new_task(webhook=webhook, ago=ago)
        upload = Upload(3, "image/jpeg", b"\xff\xd8\xff", "0" * 64)
        stores.tasks.save(task.uploaded(upload, MediaType.JPEG, clock.now() - ago))
        return task

    return make


def test_the_recovery_tells_how_long_somebody_has_waited_once_that_is_worth_it(start, waiting_task, capsys):
    def told():
        start("recover_tasks")({})
        lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        return next((line["LongestWait"] for line in lines if "LongestWait" in line), None)

    waiting_task(timedelta(minutes=20))
    assert told() is None
    waiting_task(timedelta(minutes=45))
    assert told() == [pytest.approx(2700, abs=120)]


def test_jobs_that_die_before_they_claim_anything_end_the_task_at_last(start, waiting_task, stores, waiting):
    task = waiting_task(timedelta())
    on_exit = start("on_worker_exit")

    for job in range(MAX_OFFERS + 1):
        on_exit(job_failed(task, "CannotPullContainerError", job=f"job-{job}"))

    assert stores.tasks.get(task.owner, task.task_id).failure_cause == "INTERNAL_ERROR"
    assert len(waiting("batch")) == MAX_OFFERS


def test_machines_that_are_taken_away_end_nothing(start, waiting_task, stores):
    task = waiting_task(timedelta())

    for job in range(MAX_OFFERS + 1):
        start("on_worker_exit")(job_failed(task, "Host EC2 (instance i-0) terminated.", job=f"job-{job}"))

    assert stores.tasks.get(task.owner, task.task_id).status is TaskStatus.QUEUED


@pytest.fixture
def ended(waiting_task, stores, clock):
    """Makes a task with a webhook that failed some time ago, and returns it with the event that told so."""

    def make(ago=timedelta(hours=1)):
        task = waiting_task(ago, webhook="https://hooks.example.org")
        failed = stores.tasks.get(task.owner, task.task_id).failed(FailureCause.IMAGE_DEFECT, clock.now() - ago)
        stores.tasks.save(failed)
        return failed

    return make


def test_a_webhook_whose_event_got_lost_is_told_after_all(start, ended, stores, waiting):
    event = ended().event

    start("recover_tasks")({})

    assert waiting("calls") == [event.event_id]
    delivery = stores.deliveries.get(event.event_id)
    assert (delivery.url, delivery.first_due_at) == ("https://hooks.example.org", event.occurred_at)


def test_an_event_that_may_still_be_on_its_way_is_waited_for(start, ended, stores, waiting):
    event = ended(ago=timedelta(minutes=10)).event

    start("recover_tasks")({})

    assert stores.deliveries.get(event.event_id) is None


def test_a_webhook_that_was_told_or_will_be_is_not_told_again(start, ended, stores, waiting):
    told, pending, replayed = ended(), ended(ago=timedelta(hours=2)), ended(ago=timedelta(hours=3))
    stores.tasks.update(told.task.with_webhook_status(WebhookStatus.SENT))
    for each in (pending, replayed):
        later = stores.clock.now() + timedelta(hours=1)
        stores.deliveries.add(replace(delivery_for(each.event), due_at=later))
    given_up = replayed.task.with_webhook_status(WebhookStatus.FAILED)
    stores.tasks.update(given_up)
    stores.tasks.update(given_up.with_webhook_status(WebhookStatus.SET))

    start("recover_tasks")({})

    assert waiting("calls") == []


def test_a_deleted_task_and_an_expired_one_lose_their_files(start, new_task, uploaded, stores):
    deleted, expired = new_task(), new_task()
    for task in (deleted, expired):
        uploaded(task)
    image = {"owner": {"S": deleted.owner}, "task_id": {"S": str(deleted.task_id)}}
    keys = {"pk": {"S": f"owner#{expired.owner}"}, "sk": {"S": f"{expired.task_id:019}"}}
    forget = start("on_deletion")

    forget({"detail-type": "task-event", "detail": {"eventName": "INSERT", "dynamodb": {"NewImage": image}}})
    forget({"detail-type": "task-event", "detail": {"eventName": "REMOVE", "dynamodb": {"Keys": keys}}})

    for task in (deleted, expired):
        assert stores.media.stat(f"{task.owner}/{task.task_id}/original") is None

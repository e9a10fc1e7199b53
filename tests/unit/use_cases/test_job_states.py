"""What is asked of a job at the wrong moment is refused or put off, and nothing of it is lost or charged."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.archives import make_zip
from tests.unit.use_cases.job_world import AVAILABLE, FACES, PICTURE
from veil.contracts.syntonym.bodies import job_report
from veil.domain.errors import InsufficientCreditError, JobNotFoundError, StaleJobError
from veil.domain.job import JobStatus
from veil.domain.media import original_key
from veil.domain.task import TaskStatus
from veil.use_cases.expire_tasks import expire_tasks
from veil.use_cases.forget_task import Parts, forget_task
from veil.use_cases.jobs import Approval, call_back, cancel_job, create_job, show_job, shown_job, take_upload

CLIENTS = 50


@pytest.fixture
def cancel(world):
    """Cancels a job."""
    ports = {"jobs": world.jobs, "tasks": world.tasks, "sessions": world.sessions, "clock": world.clock}
    return lambda job_id: cancel_job(world.key, job_id, **ports)


def begin_work(world, job_id):
    (task,) = world.of_job(job_id)
    world.tasks.save(task.claimed("w", world.clock.now(), timedelta(minutes=1)))


def new_job(world):
    told = {"model": "blur", "file_name": "a.jpg", "available": AVAILABLE, "jobs": world.jobs, "clock": world.clock}
    return create_job(world.key, FACES, **told).job_id


def test_a_job_is_cancelled_before_its_upload(world, cancel):
    job_id = new_job(world)

    cancel(job_id)

    assert world.jobs.get(job_id).status is JobStatus.CANCELLED
    assert world.kinds() == []


def test_a_job_is_cancelled_while_a_worker_has_its_task(world, cancel):
    job_id = world.uploaded()
    for move in (world.advance, world.approve, world.advance, lambda job_id: begin_work(world, job_id)):
        move(job_id)

    cancel(job_id)

    (task,) = world.of_job(job_id)
    assert (task.status, task.lease) == (TaskStatus.FAILED, None)
    assert world.ledger.balance(world.key.key_id) == 5


@pytest.fixture
def forgotten(world, monkeypatch):
    """Has the owner forget a job's tasks between the look at their list and whatever is done with it."""

    def forget(job_id):
        listed = tuple(world.of_job(job_id))
        for task in listed:
            forget_task(task.owner, task.task_id, Parts(), tasks=world.tasks, media=world.media, clock=world.clock)
        monkeypatch.setattr(type(world.tasks), "of_job", lambda *_: listed)

    return forget


def test_a_job_is_cancelled_though_its_tasks_are_forgotten_in_this_moment(world, cancel, forgotten):
    job_id = world.uploaded()
    world.advance(job_id)
    forgotten(job_id)

    assert cancel(job_id).status is JobStatus.CANCELLED


def test_a_job_whose_tasks_are_forgotten_while_it_starts_them_ends(world, monkeypatch, forgotten, tmp_path):
    job_id = world.uploaded()
    for move in (world.advance, world.approve):
        move(job_id)
    with monkeypatch.context() as stale:
        stale.setattr(type(world.tasks), "count_of_job", lambda *_: {TaskStatus.NEW: 1})
        (task,) = world.of_job(job_id)
        forgotten(job_id)
        # Whoever starts it has seen the file just before.
        (tmp_path / "photo").write_bytes(PICTURE)
        world.media.put(original_key(task.owner, task.task_id), tmp_path / "photo", media_type="")
        world.advance(job_id)
    monkeypatch.undo()

    world.advance(job_id)

    assert (world.jobs.get(job_id).status, world.jobs.get(job_id).reason) == (JobStatus.FAILED, "the file was deleted")


def test_a_job_that_is_done_is_not_cancelled_and_stays_paid(world, cancel):
    job_id = world.uploaded()
    for move in (world.advance, world.approve, world.advance, world.work, world.advance):
        move(job_id)

    with pytest.raises(StaleJobError):
        cancel(job_id)

    assert world.jobs.get(job_id).status is JobStatus.DONE
    assert world.ledger.balance(world.key.key_id) == 3


def test_an_approval_while_the_upload_is_looked_at_comes_too_early(world):
    world.sessions.content = make_zip([("a.jpg", PICTURE)])
    job_id = world.uploaded()
    put, answers = world.media.put, []

    def approve_and_put(*arguments, **named):
        answers.append(world.approve(job_id))
        put(*arguments, **named)

    world.media.put = approve_and_put
    before = world.approve(job_id)
    world.advance(job_id)

    assert [before, *answers, world.approve(job_id)] == [Approval.TOO_EARLY, Approval.TOO_EARLY, Approval.GIVEN]
    assert world.ledger.balance(world.key.key_id) == 3


def test_retention_takes_a_job_with_its_tasks_and_leaves_what_was_paid(world):
    job_id = world.uploaded()
    for move in (world.advance, world.approve, world.advance, world.work, world.advance):
        move(job_id)
    world.clock.advance(timedelta(days=2))

    world.jobs.remove_ended(world.clock.now() - timedelta(days=1))
    expired = expire_tasks(timedelta(days=1), ended=world.ended, media=world.media, clock=world.clock)

    assert expired == 1
    with pytest.raises(JobNotFoundError):
        show_job(world.key, job_id, jobs=world.jobs, tasks=world.tasks)
    assert sum(entry.amount for entry in world.ledger.entries(world.key.key_id)) == 3


def test_an_upload_is_taken_though_somebody_registers_a_callback_in_this_very_moment(world):
    job_id = new_job(world)
    save = world.jobs.save

    def save_after_another(change):
        world.jobs.save = save
        call_back(world.key, job_id, "https://hook.example/", jobs=world.jobs)
        save(change)

    world.jobs.save = save_after_another
    take_upload(job_id, "once", jobs=world.jobs, clock=world.clock)

    job = world.jobs.get(job_id)
    assert (job.status, job.callback) == (JobStatus.UPLOADED, "https://hook.example/")


def test_a_file_that_its_owner_deleted_later_is_no_error_of_the_job(world):
    job_id = world.uploaded()
    for move in (world.advance, world.approve, world.advance, world.work, world.advance):
        move(job_id)
    (task,) = world.of_job(job_id)
    world.tasks.save(task.deleted(world.clock.now()))

    told = job_report(shown_job(world.jobs.get(job_id), tasks=world.tasks), world.media)

    assert (told["has_errors"], told["tasks"][0]["download_link"]) == (False, None)


def test_fifty_clients_at_once_get_what_their_credits_pay_and_no_more(world):
    def use(_):
        job_id = world.uploaded()
        world.advance(job_id)
        try:
            approvals = [world.approve(job_id), world.approve(job_id)]
        except InsufficientCreditError:
            return None
        for move in (world.advance, world.work, world.advance):
            move(job_id)
        return (world.jobs.get(job_id).status, *approvals)

    with ThreadPoolExecutor(CLIENTS) as clients:
        ended = list(clients.map(use, range(CLIENTS)))

    paid = [each for each in ended if each is not None]
    assert paid == [(JobStatus.DONE, Approval.GIVEN, Approval.GIVEN_BEFORE)] * 2
    assert world.ledger.balance(world.key.key_id) == 1
    assert sorted(world.kinds()) == ["reserved", "reserved", "settled", "settled"]

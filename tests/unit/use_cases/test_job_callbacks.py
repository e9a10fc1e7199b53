"""A job's callback is told on two occasions: it awaits its approval, and its results are there."""

from functools import partial

import pytest

from tests.unit.use_cases.job_world import Interrupted
from veil.contracts.syntonym.bodies import callback_body
from veil.domain.deliveries import DeliveryState
from veil.domain.job import JobStatus
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.jobs import call_back, cancel_job, shown_job

URL = "https://hook.example/"


@pytest.fixture
def job_id(world):
    """A job with its upload and a callback."""
    job_id = world.uploaded()
    call_back(world.key, job_id, URL, jobs=world.jobs)
    return job_id


def called(world):
    return world.deliveries.due(world.clock.now(), 10)


def deliver(world, delivery, receiver):
    def report(job_id):
        job = world.jobs.get(job_id)
        return callback_body(shown_job(job, tasks=world.tasks), world.media) if job else None

    return deliver_webhook(
        delivery,
        tasks=world.tasks,
        media=world.media,
        deliveries=world.deliveries,
        sender=receiver,
        clock=world.clock,
        install_key=bytes(32),
        body_of=partial(pytest.fail, "no task is told"),
        jitter=lambda: 0.0,
        report_of=report,
    )


def test_awaiting_the_approval_and_being_done_are_told_and_nothing_else(world, job_id, answering):
    receiver, told = answering(200), []
    for move in (world.advance, world.approve, world.advance, world.work, world.advance):
        move(job_id)
        deliveries = called(world)
        told.append(len(deliveries))
        for delivery in deliveries:
            assert deliver(world, delivery, receiver).state is DeliveryState.DELIVERED

    assert told == [1, 0, 0, 0, 1]
    assert [body["job_status"] for body in receiver.bodies] == [0, 100]
    assert receiver.bodies[0]["job_total_credit_cost"] == 2
    assert receiver.bodies[1]["tasks"][0]["download_link"].startswith("memory:///")


@pytest.mark.parametrize("steps", range(3))
def test_neither_a_failure_nor_a_cancellation_is_told(steps, world, job_id):
    for move in (world.advance, world.approve, world.advance)[:steps]:
        move(job_id)
    before = len(called(world))

    cancel_job(world.key, job_id, jobs=world.jobs, tasks=world.tasks, sessions=world.sessions, clock=world.clock)

    assert len(called(world)) == before


@pytest.mark.parametrize("calls", range(14))
def test_whatever_is_interrupted_each_occasion_is_told_once(calls, world, job_id):
    for move in (world.advance, world.approve, world.advance, world.work, world.advance):
        world.switch.left = calls
        try:
            move(job_id)
        except Interrupted:
            world.switch.left = 10**6
            move(job_id)

    assert world.jobs.get(job_id).status is JobStatus.DONE
    assert len(called(world)) == 2


def test_a_callback_that_fails_is_tried_again_with_the_same_id(world, job_id, answering):
    world.advance(job_id)
    receiver = answering(500, 200)

    settled = deliver(world, called(world)[0], receiver)
    world.clock.advance(settled.due_at - world.clock.now())

    assert deliver(world, called(world)[0], receiver).state is DeliveryState.DELIVERED
    assert len(receiver.ids) == 1


def test_the_callback_of_a_job_that_is_gone_ends_where_an_operator_sees_it(world, job_id, answering):
    world.advance(job_id)
    [delivery] = called(world)
    cancel_job(world.key, job_id, jobs=world.jobs, tasks=world.tasks, sessions=world.sessions, clock=world.clock)
    world.jobs.remove_ended(world.clock.now())

    settled = deliver(world, delivery, answering(200))

    assert (settled.state, settled.last_error) == (DeliveryState.DEAD, "The job does not exist.")
    assert world.deliveries.dead() == [settled]

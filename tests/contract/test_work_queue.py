"""What every work queue promises."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from veil.ports.queue import TaskRef

# As the queues of conftest.py are made.
VISIBILITY = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
ANAS, BOBS = TaskRef("ana", 1), TaskRef("bob", 2)


def test_an_empty_queue_offers_nothing(queue):
    assert queue.take() is None


def test_a_task_is_offered_to_one_worker_at_a_time(queue):
    queue.put(ANAS)

    assert queue.take().ref == ANAS
    assert queue.take() is None


def test_an_offer_that_nobody_settles_comes_back(queue, clock):
    queue.put(ANAS)
    queue.take()

    clock.advance(VISIBILITY - SECOND)
    assert queue.take() is None

    clock.advance(SECOND)
    assert queue.take().ref == ANAS


def test_a_settled_offer_never_comes_back(queue, clock):
    queue.put(ANAS)

    queue.settle(queue.take())
    clock.advance(2 * VISIBILITY)

    assert queue.take() is None


def test_settling_twice_or_too_late_is_no_error(queue, clock):
    queue.put(ANAS)
    late = queue.take()
    clock.advance(VISIBILITY)
    current = queue.take()

    for message in (late, current, current, late):
        queue.settle(message)


def test_of_several_waiting_tasks_none_is_forgotten(queue):
    for ref in (BOBS, ANAS, BOBS):
        queue.put(ref)

    taken = {message.ref for message in iter(queue.take, None)}

    assert taken == {ANAS, BOBS}


def test_a_task_put_while_a_worker_has_it_is_offered_again_whatever_that_worker_does(queue):
    queue.put(ANAS)
    held = queue.take()

    queue.put(ANAS)
    queue.settle(held)

    assert queue.take().ref == ANAS


def test_a_settled_task_can_be_put_again(queue):
    queue.put(ANAS)
    queue.settle(queue.take())

    queue.put(ANAS)

    assert queue.take().ref == ANAS


def test_many_threads_together_take_every_offer(queue):
    refs = [TaskRef("ana", number) for number in range(40)]
    for ref in refs:
        queue.put(ref)

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: queue.take(), range(120)))

    # SQS may hand a message to two; `test_exact_work_queue.py` has the queues that never do.
    assert {message.ref.task_id for message in taken if message} == set(range(40))

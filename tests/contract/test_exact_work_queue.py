"""What a queue promises beyond the others that is one with its database: no offer twice, and their exact order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from veil.ports.queue import TaskRef

# As the queues of conftest.py are made.
VISIBILITY = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
ANAS, BOBS = TaskRef("ana", 1), TaskRef("bob", 2)


def test_the_task_that_waited_longest_is_offered_first(exact_queue, clock):
    exact_queue.put(BOBS)
    clock.advance(SECOND)
    exact_queue.put(ANAS)

    assert [exact_queue.take().ref, exact_queue.take().ref] == [BOBS, ANAS]


def test_putting_a_waiting_task_again_makes_no_second_offer_and_keeps_its_place(exact_queue, clock):
    exact_queue.put(BOBS)
    clock.advance(SECOND)
    exact_queue.put(ANAS)
    clock.advance(SECOND)
    exact_queue.put(BOBS)

    assert [exact_queue.take().ref, exact_queue.take().ref, exact_queue.take()] == [BOBS, ANAS, None]


def test_settling_too_late_leaves_the_offer_to_whoever_has_it_now(exact_queue, clock):
    exact_queue.put(ANAS)
    late = exact_queue.take()
    clock.advance(VISIBILITY)
    current = exact_queue.take()

    exact_queue.settle(late)
    clock.advance(VISIBILITY)
    assert exact_queue.take().ref == ANAS

    exact_queue.settle(current)
    clock.advance(VISIBILITY)
    assert exact_queue.take().ref == ANAS


def test_many_threads_never_take_the_same_offer(exact_queue):
    refs = [TaskRef("ana", number) for number in range(40)]
    for ref in refs:
        exact_queue.put(ref)

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: exact_queue.take(), range(60)))

    assert sorted(message.ref.task_id for message in taken if message) == list(range(40))

"""What a task takes is freed in parts or as a whole, and what was still to be told of it finds an end."""

import pytest

from veil.domain.deliveries import DeliveryState
from veil.domain.errors import StaleTaskError, TaskNotFoundError
from veil.domain.events import EventKind
from veil.domain.task import TaskStatus
from veil.use_cases.forget_task import Parts, forget_task, forget_tasks


@pytest.fixture
def forget(service):
    def run(task_id=7, parts=None):
        ports = {"tasks": service.tasks, "media": service.media, "clock": service.clock}
        return forget_task("ana", task_id, parts or Parts(), **ports)

    return run


def test_a_forgotten_task_keeps_nothing_that_its_owner_gave(service, forget):
    service.end_task()

    left = forget()

    assert left.status is TaskStatus.FORGOTTEN
    assert (left.webhook, left.original_sha256, left.origin.name, left.origin.webhook_header) == (None,) * 4


def test_each_step_of_forgetting_is_told_once(service, forget):
    service.end_task()

    forget()

    assert [event.kind for event in service.tasks.pending(10)] == [EventKind.DELETED, EventKind.FORGOTTEN]


def test_what_is_forgotten_looks_like_no_task(service, forget):
    service.end_task()
    forget()

    with pytest.raises(TaskNotFoundError):
        forget()


def test_a_call_that_was_due_for_a_forgotten_task_ends_as_a_dead_letter(service, forget, answering):
    delivery = service.end_task()
    forget()

    receiver = answering(200)
    settled = service.deliver(delivery, receiver)

    assert settled.state is DeliveryState.DEAD
    assert receiver.calls == []


def test_only_a_deleted_task_can_be_forgotten(service):
    service.end_task()

    with pytest.raises(StaleTaskError):
        service.tasks.get("ana", 7).forgotten(service.clock.now())


def test_all_of_an_owners_tasks_go_also_many(service):
    for task_id in range(1, 250):
        service.end_task_quietly(task_id)
    service.end_task_quietly(1000, owner="ben")
    ports = {"tasks": service.tasks, "media": service.media, "clock": service.clock}

    assert forget_tasks("ana", Parts(), **ports) == 249
    assert forget_tasks("ana", Parts(), **ports) == 0
    assert service.tasks.get("ben", 1000).status is TaskStatus.DONE

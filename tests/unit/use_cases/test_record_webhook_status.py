from dataclasses import replace

import pytest

from veil.domain.errors import StaleTaskError
from veil.domain.task import WebhookStatus


class ContestedTasks:
    """A task store in which somebody else changes the task just before each of the first updates."""

    def __init__(self, tasks, times):
        self.tasks = tasks
        self.times = times

    def get(self, owner, task_id):
        return self.tasks.get(owner, task_id)

    def update(self, task, delivery=None):
        if self.times:
            self.times -= 1
            newest = self.tasks.get(task.owner, task.task_id)
            self.tasks.update(replace(newest, version=newest.version + 1))
        self.tasks.update(task, delivery)


def test_the_status_is_noted_though_others_change_the_task(service, answering):
    delivery = service.end_task()

    service.deliver(delivery, answering(200), tasks=ContestedTasks(service.tasks, times=3))

    assert service.webhook_status() is WebhookStatus.SENT


def test_a_status_that_cannot_be_noted_leaves_the_delivery_to_be_repeated(service, answering):
    delivery = service.end_task()

    with pytest.raises(StaleTaskError):
        service.deliver(delivery, answering(200), tasks=ContestedTasks(service.tasks, times=1000))

    assert service.deliveries.get(delivery.delivery_id) == delivery

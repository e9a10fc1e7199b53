"""The loop of every worker."""

import pytest

from veil.domain.task import TaskStatus
from veil.ports.queue import TaskRef
from veil.use_cases.work import WorkStoppedError, work_through


class Log:
    """Remembers what was told."""

    def __init__(self):
        self.told = []

    def info(self, message, /, *, extra):
        self.told.append((message, extra["task_id"]))

    warning = exception = info


def breaks(error):
    def act():
        raise error

    return act


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def refs(task_service):
    return [TaskRef("ana", task_service.queued()) for _ in range(2)]


def test_tasks_are_worked_on_one_after_the_other(task_service, refs, log):
    worked = list(work_through(refs, task_service.context(), log))

    assert [each.task.status for each in worked] == [TaskStatus.DONE, TaskStatus.DONE]
    assert log.told == [("a task ended", ref.task_id) for ref in refs]


def test_a_task_is_fetched_only_once_the_one_before_has_ended(task_service, refs, log):
    seen = []

    def one_by_one():
        for ref in refs:
            seen.append([task_service.task(each.task_id).status for each in refs])
            yield ref

    list(work_through(one_by_one(), task_service.context(), log))

    assert seen == [["queued", "queued"], ["done", "queued"]]


def test_somebody_elses_task_is_left_alone(task_service, refs, log):
    task_service.delete(refs[0].task_id)

    first, second = work_through(refs, task_service.context(), log)

    assert (first.task, first.error, second.task.status) == (None, None, TaskStatus.DONE)


def test_a_task_that_breaks_is_given_back_and_the_next_one_is_worked_on(task_service, refs, log, anonymizer):
    error = RuntimeError("nobody expected this")

    first, second = work_through(refs, task_service.context(anonymizer(breaks(error))), log)

    task = task_service.task(refs[0].task_id)
    assert (first.task, first.error, second.task.status) == (None, error, TaskStatus.DONE)
    assert (task.status, task.attempts) == (TaskStatus.QUEUED, 1)
    assert log.told[0] == ("task failed unexpectedly", refs[0].task_id)


def test_a_store_that_is_out_of_order_ends_no_worker(task_service, refs, log, anonymizer):
    class Full:
        get = task_service.tasks.get

        def save(self, moved):
            raise OSError("the disk is full")

    worked = list(work_through(refs, task_service.context(tasks=Full()), log))

    assert [str(each.error) for each in worked] == ["the disk is full"] * 2
    assert [task_service.task(ref.task_id).status for ref in refs] == [TaskStatus.QUEUED] * 2


def test_a_worker_that_is_stopped_gives_back_what_it_has_and_it_does_not_count(task_service, refs, log, anonymizer):
    stopped = anonymizer(breaks(WorkStoppedError()))

    with pytest.raises(WorkStoppedError):
        list(work_through(refs, task_service.context(stopped), log))

    first, second = (task_service.task(ref.task_id) for ref in refs)
    assert (first.status, first.attempts, first.runs) == (TaskStatus.QUEUED, 0, 1)
    assert (second.status, second.runs) == (TaskStatus.QUEUED, 0)

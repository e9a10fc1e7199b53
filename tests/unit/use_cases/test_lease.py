"""While a task is worked on its lease is renewed; who lost it, or was told to stop, publishes nothing."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.events import EventKind
from veil.domain.task import TaskStatus
from veil.use_cases.cancel_task import cancel_task

SECOND_RUN = {"2/anonymized.jpeg", "2/binary_mask.png", "2/metadata.json"}


class RealClock:
    """The machine's time, for leases that are renewed while something takes time."""

    def now(self):
        return datetime.now(UTC)


def test_the_lease_is_renewed_while_the_work_takes_longer_than_it(task_service, anonymizer):
    task_id = task_service.queued()
    lease_time = timedelta(seconds=1.5)
    stolen = []

    def long_work():
        for _ in range(10):
            time.sleep(0.2)
            stolen.append(task_service.task(task_id).is_claimable(datetime.now(UTC)))

    task = task_service.run(task_id, anonymizer(long_work), clock=RealClock(), lease_time=lease_time)

    assert task.status is TaskStatus.DONE
    assert not any(stolen)
    assert (task.attempts, task.runs) == (1, 1)
    assert task_service.events(task_id)[EventKind.PROCESSING] == 1


class _LosesConnections:
    """A task store that fails to answer updates for a while: before it does what was asked, or after it."""

    def __init__(self, store, *, failures, does_it_first):
        self._store, self._failures, self._does_it_first = store, failures, does_it_first

    def __getattr__(self, name):
        return getattr(self._store, name)

    def update(self, task):
        if self._failures:
            self._failures -= 1
            if self._does_it_first:
                self._store.update(task)
            raise ConnectionError("the store does not answer")
        self._store.update(task)


@pytest.mark.parametrize("does_it_first", [False, True], ids=["before the update", "after the update"])
def test_a_store_that_fails_to_answer_does_not_end_the_renewal(task_service, anonymizer, does_it_first):
    task_id = task_service.queued()
    lease_time = timedelta(seconds=3)
    flaky = _LosesConnections(task_service.tasks, failures=2, does_it_first=does_it_first)
    stolen = []

    def long_work():
        for _ in range(25):
            time.sleep(0.2)
            stolen.append(task_service.task(task_id).is_claimable(datetime.now(UTC)))

    task = task_service.run(task_id, anonymizer(long_work), clock=RealClock(), lease_time=lease_time, tasks=flaky)

    assert task.status is TaskStatus.DONE
    assert not any(stolen)
    assert (task.attempts, task.runs) == (1, 1)


def test_a_worker_that_lost_its_lease_publishes_nothing_and_takes_its_own_results_away(task_service, anonymizer):
    task_id = task_service.queued()

    def somebody_else_does_it():
        task_service.clock.advance(timedelta(minutes=2))
        assert task_service.run(task_id, worker="faster").status is TaskStatus.DONE

    assert task_service.run(task_id, anonymizer(somebody_else_does_it), worker="slow") is None

    assert task_service.task(task_id).runs == 2
    assert task_service.kept(task_id) == {"original"} | SECOND_RUN
    assert task_service.events(task_id)[EventKind.DONE] == 1


def reporting(anonymizer, fraction, *, until):
    """Make an anonymizer that reports this fraction again and again until something holds, then ends its work."""

    class Reports(type(anonymizer())):
        def anonymize(self, source, sink, policy, progress):
            while not until():
                progress.report(fraction)
                time.sleep(0.02)
            return super().anonymize(source, sink, policy, progress)

    return Reports()


def test_what_is_reported_is_saved_with_the_renewals_and_a_task_that_is_done_is_at_100(task_service, anonymizer):
    task_id = task_service.queued()
    hands = reporting(anonymizer, 0.4, until=lambda: task_service.task(task_id).progress == 40)

    task = task_service.run(task_id, hands, clock=RealClock(), lease_time=timedelta(seconds=0.6))

    assert (task.status, task.progress) == (TaskStatus.DONE, 100)


def test_progress_that_has_changed_is_saved_long_before_the_lease_needs_it(task_service, anonymizer):
    task_id = task_service.queued()
    hands = reporting(anonymizer, 0.4, until=lambda: task_service.task(task_id).progress == 40)

    task = task_service.run(
        task_id, hands, clock=RealClock(), lease_time=timedelta(hours=1), progress_time=timedelta(seconds=0.05)
    )

    assert (task.status, task.progress) == (TaskStatus.DONE, 100)


def test_progress_costs_no_write_before_its_time(task_service, anonymizer):
    task_id = task_service.queued()
    fractions = iter(number / 50 for number in range(51))

    class Reports(type(anonymizer())):
        def anonymize(self, source, sink, policy, progress):
            for fraction in fractions:
                progress.report(fraction)
            return super().anonymize(source, sink, policy, progress)

    class Counting:
        get, save, updates = task_service.tasks.get, task_service.tasks.save, 0

        def update(self, task):
            self.updates += 1

    tasks = Counting()
    task_service.run(task_id, Reports(), tasks=tasks)

    assert tasks.updates == 0


def test_the_work_on_a_cancelled_task_ends_at_a_report_and_publishes_nothing(task_service, anonymizer):
    task_id = task_service.queued()
    cancel = iter([lambda: cancel_task("ana", task_id, tasks=task_service.tasks, clock=task_service.clock)])

    def never():
        next(cancel, lambda: None)()
        return False

    hands = reporting(anonymizer, 0.0, until=never)
    never_due = {"lease_time": timedelta(hours=1), "progress_time": timedelta(hours=1)}

    assert task_service.run(task_id, hands, clock=RealClock(), watch_time=timedelta(seconds=0.05), **never_due) is None

    task = task_service.task(task_id)
    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.CANCELLED)
    assert task_service.kept(task_id) == {"original"}


def test_the_work_on_a_deleted_task_ends_at_a_report(task_service, anonymizer):
    task_id = task_service.queued()
    task_service_deletes = iter([lambda: task_service.delete(task_id)])

    def never():
        next(task_service_deletes, lambda: None)()
        return False

    hands = reporting(anonymizer, 0.4, until=never)

    assert task_service.run(task_id, hands, clock=RealClock(), lease_time=timedelta(seconds=0.6)) is None

    assert hands.sources == []
    assert task_service.kept(task_id) == set()


@pytest.mark.parametrize("refuses", [False, True])
def test_a_task_deleted_while_it_is_worked_on_stays_deleted_and_leaves_nothing(refuses, task_service, anonymizer):
    task_id = task_service.queued()

    def delete():
        task_service.delete(task_id)
        if refuses:
            raise AnonymizationError(FailureCause.IMAGE_DEFECT, "no")

    assert task_service.run(task_id, anonymizer(delete)) is None

    assert task_service.task(task_id).status is TaskStatus.DELETED
    assert task_service.kept(task_id) == set()
    assert task_service.events(task_id)[EventKind.DELETED] == 1
    assert EventKind.DONE not in task_service.events(task_id)

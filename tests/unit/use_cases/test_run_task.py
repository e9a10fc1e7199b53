import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.events import EventKind
from veil.domain.task import MAX_ATTEMPTS, TaskStatus
from veil.ports.queue import TaskRef
from veil.use_cases.cancel_task import cancel_task
from veil.use_cases.run_task import give_back

FIRST_RUN = {"1/anonymized.jpeg", "1/binary_mask.png", "1/metadata.json"}
SECOND_RUN = {"2/anonymized.jpeg", "2/binary_mask.png", "2/metadata.json"}


class RealClock:
    """The machine's time, for leases that are renewed while something takes time."""

    def now(self):
        return datetime.now(UTC)


def raising(error):
    def act():
        raise error

    return act


def test_a_task_is_done_with_all_results_and_one_event(task_service, anonymizer):
    task_id = task_service.queued()
    hands = anonymizer()

    task = task_service.run(task_id, hands)

    assert task.status is TaskStatus.DONE
    assert task_service.kept(task_id) == {"original"} | FIRST_RUN
    assert task_service.events(task_id)[EventKind.DONE] == 1
    assert hands.sources == [f"{task_id}.jpeg"]
    assert list(task_service.folder.glob("tmp*")) == []


def test_a_result_is_stored_with_its_type(task_service):
    task_id = task_service.queued()

    task_service.run(task_id)

    types = {name: task_service.media.stat(f"ana/{task_id}/{name}").declared_type for name in FIRST_RUN}
    assert set(types.items()) == {
        ("1/anonymized.jpeg", "image/jpeg"),
        ("1/binary_mask.png", "image/png"),
        ("1/metadata.json", "application/json"),
    }


def test_a_crash_of_the_anonymizer_publishes_nothing_and_is_not_swallowed(task_service, anonymizer):
    task_id = task_service.queued()

    with pytest.raises(ZeroDivisionError):
        task_service.run(task_id, anonymizer(raising(ZeroDivisionError())))

    assert task_service.kept(task_id) == {"original"}
    assert task_service.task(task_id).status is TaskStatus.PROCESSING
    assert EventKind.DONE not in task_service.events(task_id)


class FullDisk:
    """A media store whose disk is full after a number of files."""

    def __init__(self, media, room):
        self.media = media
        self.room = room
        self.fetch, self.delete = media.fetch, media.delete

    def put(self, key, file, *, media_type):
        self.room -= 1
        if self.room < 0:
            raise OSError("No space left on device")
        self.media.put(key, file, media_type=media_type)


@pytest.mark.parametrize("room", [0, 1, 2])
def test_results_that_cannot_all_be_stored_are_not_published_and_the_next_run_keeps_apart(room, task_service):
    task_id = task_service.queued()

    with pytest.raises(OSError, match="No space"):
        task_service.run(task_id, media=FullDisk(task_service.media, room))
    assert task_service.task(task_id).artifacts == ()
    give_back(TaskRef("ana", task_id), task_service.context(), counts=True)
    task_service.run(task_id)

    assert task_service.task(task_id).status is TaskStatus.DONE
    assert task_service.kept(task_id) >= SECOND_RUN


@pytest.mark.parametrize("cause", FailureCause)
def test_what_the_anonymizer_refuses_is_a_failed_task_with_its_cause(cause, task_service, anonymizer):
    task_id = task_service.queued()

    task = task_service.run(task_id, anonymizer(raising(AnonymizationError(cause, "no"))))

    assert (task.status, task.failure_cause, task.failure_reason) == (TaskStatus.FAILED, cause, "no")
    assert task_service.events(task_id)[EventKind.FAILED] == 1
    assert task_service.kept(task_id) == {"original"}


def test_an_upload_that_is_gone_is_a_failed_task(task_service):
    task_id = task_service.queued()
    task_service.media.delete(f"ana/{task_id}/")

    assert task_service.run(task_id).failure_cause is FailureCause.TASK_FILE_DOESNT_EXIST


@pytest.mark.parametrize("told", ["sha256", "version"])
def test_what_is_put_over_an_accepted_upload_is_never_worked_on(told, task_service, anonymizer):
    task_id = task_service.create().task.task_id
    task_service.land(task_id)
    landed = task_service.media.landed_upload(f"ana/{task_id}/original")
    nameless = {"sha256": None, "version": None, told: getattr(landed, told)}
    task_service.accept(task_id, upload=replace(landed, **nameless))
    task_service.land(task_id, b"\xff\xd8\xff another")
    seen = []

    class Reads(type(anonymizer())):
        def anonymize(self, source, sink, policy, progress):
            seen.append(source.read_bytes())
            return super().anonymize(source, sink, policy, progress)

    task = task_service.run(task_id, Reads())

    if told == "version":
        assert (task.status, seen) == (TaskStatus.DONE, [b"\xff\xd8\xff a photo"])
    else:
        assert (task.failure_cause, seen) == (FailureCause.TASK_FILE_DOESNT_EXIST, [])


@pytest.mark.parametrize("state", ["none", "new", "processing", "done", "deleted"])
def test_a_task_that_waits_for_no_worker_is_left_alone(state, task_service):
    task_id = {"none": lambda: 7, "new": lambda: task_service.create().task.task_id}.get(state, task_service.queued)()
    if state == "processing":
        task_service.tasks.save(
            task_service.task(task_id).claimed("other", task_service.clock.now(), timedelta(minutes=1))
        )
    if state == "done":
        task_service.run(task_id)
    if state == "deleted":
        task_service.delete(task_id)
    before = task_service.task(task_id)

    assert task_service.run(task_id) is None

    assert task_service.task(task_id) == before


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

    hands = reporting(anonymizer, 0.4, until=never)
    progress_time = timedelta(seconds=0.05)

    assert task_service.run(task_id, hands, clock=RealClock(), progress_time=progress_time) is None

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


def test_of_workers_that_race_for_a_task_one_publishes(task_service):
    task_id = task_service.queued()
    start = Barrier(4)
    ended = []

    def race(worker):
        start.wait()
        ended.append(task_service.run(task_id, worker=worker))

    threads = [Thread(target=race, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(task is not None for task in ended) == 1
    assert task_service.kept(task_id) == {"original"} | FIRST_RUN
    assert task_service.events(task_id)[EventKind.DONE] == 1


def test_a_task_that_broke_its_worker_too_often_fails(task_service, anonymizer):
    task_id = task_service.queued()
    context = task_service.context()

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            task_service.run(task_id, anonymizer(raising(ZeroDivisionError())))
        assert give_back(TaskRef("ana", task_id), context, counts=True).status is TaskStatus.QUEUED
    task = task_service.run(task_id)

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.INTERNAL_ERROR)
    assert task.runs == MAX_ATTEMPTS
    assert task_service.kept(task_id) == {"original"}


def test_claims_that_are_given_back_without_blame_never_use_attempts_up(task_service, anonymizer):
    task_id = task_service.queued()

    for _ in range(MAX_ATTEMPTS + 2):
        with pytest.raises(KeyboardInterrupt):
            task_service.run(task_id, anonymizer(raising(KeyboardInterrupt())))
        give_back(TaskRef("ana", task_id), task_service.context(), counts=False)

    assert task_service.run(task_id).status is TaskStatus.DONE


@pytest.mark.parametrize("case", ["no task", "not claimed", "another worker's", "deleted"])
def test_what_is_not_this_workers_is_not_given_back(case, task_service):
    task_id = 7 if case == "no task" else task_service.queued()
    if case == "another worker's":
        claimed = task_service.task(task_id).claimed("other", task_service.clock.now(), timedelta(minutes=1))
        task_service.tasks.save(claimed)
    if case == "deleted":
        task_service.delete(task_id)
    before = task_service.task(task_id)

    assert give_back(TaskRef("ana", task_id), task_service.context(), counts=True) is None

    assert task_service.task(task_id) == before

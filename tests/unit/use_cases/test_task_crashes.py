from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from veil.domain.causes import FailureCause
from veil.domain.errors import RequestError
from veil.domain.events import EventKind
from veil.domain.media import task_prefix
from veil.domain.task import TaskStatus
from veil.domain.task_facts import MAX_ATTEMPTS
from veil.ports.queue import TaskRef
from veil.use_cases.run_task import run_task

NEVER = 10_000
# Long enough to reach the end of every rule below.
MOMENTS = st.integers(0, 24) | st.just(NEVER)


class DiesError(BaseException):
    """The process dies here; no handler of an `Exception` runs."""


class Mortal:
    """Passes calls on to a port; dies when its time has come, before or after a call."""

    def __init__(self, port, life):
        self._port = port
        self._life = life

    def __getattr__(self, name):
        method = getattr(self._port, name)

        def call(*arguments, **named):
            self._life.go_on()
            answer = method(*arguments, **named)
            self._life.go_on()
            return answer

        return call


class Life:
    """How many moments a process has left."""

    def __init__(self, moments):
        self.moments = moments

    def go_on(self):
        self.moments -= 1
        if self.moments < 0:
            raise DiesError


class DyingService(RuleBasedStateMachine):
    """A service whose processes die at any moment, and are started again at some later one."""

    new_service, new_anonymizer = None, None
    # How long recovery trusts an offer; None where the tasks themselves are the queue, as on a node.
    patience = timedelta(0)

    @initialize()
    def open(self):
        self.scratch = TemporaryDirectory()
        self.service = self.new_service(Path(self.scratch.name))
        self.names = (f"w{number}" for number in count(1))
        self.dead = set()
        self.deaths = 0
        self.created, self.landed, self.deleted = [], set(), set()

    def teardown(self):
        if hasattr(self, "scratch"):
            self.settle()
            self.scratch.cleanup()

    @contextmanager
    def a_life_of(self, moments):
        life = Life(moments)
        ports = {name: Mortal(getattr(self.service, name), life) for name in ("tasks", "media", "queue")}
        try:
            yield ports
        except DiesError:
            self.deaths += 1
        except RequestError:
            # A client did what cannot be done any more, and was told so.
            pass

    @rule(moments=MOMENTS)
    def create(self, moments):
        with self.a_life_of(moments) as ports:
            self.created.append(self.service.create(**ports).task.task_id)

    @rule(moments=MOMENTS, data=st.data())
    def upload(self, moments, data):
        waiting = [each for each in self.created if each not in self.landed | self.deleted]
        if waiting:
            task_id = data.draw(st.sampled_from(waiting))
            self.service.land(task_id)
            self.landed.add(task_id)
            with self.a_life_of(moments) as ports:
                self.service.accept(task_id, **ports)

    @rule(moments=MOMENTS)
    def work(self, moments):
        worker = next(self.names)
        with self.a_life_of(moments) as ports:
            self.work_as(worker, ports)
        self.dead.add(worker)

    @rule(moments=MOMENTS, data=st.data())
    def delete(self, moments, data):
        if self.created:
            task_id = data.draw(st.sampled_from(self.created))
            with self.a_life_of(moments) as ports:
                self.service.delete(task_id, **ports)
            if self.service.task(task_id).status is TaskStatus.DELETED:
                self.deleted.add(task_id)

    @rule(moments=MOMENTS, counts=st.booleans())
    def restart(self, moments, counts):
        with self.a_life_of(moments) as ports:
            self.service.recover(dead=self.dead, counts=counts, patience=self.patience, **ports)

    @rule(minutes=st.integers(1, 20))
    def time_passes(self, minutes):
        self.service.clock.advance(timedelta(minutes=minutes))

    def work_as(self, worker, ports):
        queue = ports["queue"]
        while (message := queue.take()) is not None:
            self.work_on(message.ref, worker, ports)
            queue.settle(message)

    def work_on(self, ref, worker, ports):
        instead = {name: ports[name] for name in ("tasks", "media")}
        run_task(ref, self.service.context(self.new_anonymizer(), worker=worker, **instead))

    @invariant()
    def what_is_done_can_be_downloaded(self):
        for task_id in getattr(self, "created", []):
            task = self.service.task(task_id)
            for artifact in task.artifacts:
                assert self.service.media.stat(task.key_of(artifact)) is not None

    def settle(self):
        """Start the service once more and let one worker work: now everything must end, once."""
        self.service.recover(dead=self.dead, counts=False, patience=self.patience)
        self.work_as("last", {name: getattr(self.service, name) for name in ("tasks", "media", "queue")})
        self.delete_again()
        for task_id in self.created:
            self.check_end(task_id)

    def delete_again(self):
        """Do what passing on the event does (adapters/node/dispatcher.py)."""
        for event in self.service.tasks.pending(NEVER):
            if event.kind is EventKind.DELETED:
                self.service.media.delete(task_prefix(event.owner, event.task_id))

    def check_end(self, task_id):
        task, events = self.service.task(task_id), self.service.events(task_id)
        ends = events[EventKind.DONE] + events[EventKind.FAILED]
        if task_id in self.deleted:
            assert task.status is TaskStatus.DELETED
            assert (events[EventKind.DELETED], self.service.kept(task_id)) == (1, set())
            assert ends <= 1
        elif task_id in self.landed and task.failure_cause is FailureCause.INTERNAL_ERROR:
            assert (task.attempts, ends) == (MAX_ATTEMPTS, 1)
        elif task_id in self.landed and task.failure_cause is None:
            assert (task.status, ends) == (TaskStatus.DONE, 1)
            assert {f"{task.runs}/anonymized.jpeg", "original"} <= self.service.kept(task_id)
        else:
            # Nobody uploaded anything, or only after the time for it was over.
            assert task.status is TaskStatus.NEW or task.failure_cause is FailureCause.TASK_FILE_DOESNT_EXIST


class DyingNode(DyingService):
    """The same where whoever works asks the tasks themselves, and no offer counts."""

    patience = None

    def work_as(self, worker, ports):
        while waiting := list(self.service.tasks.unfinished(frozenset({TaskStatus.QUEUED}))):
            self.work_on(TaskRef(waiting[0].owner, waiting[0].task_id), worker, ports)


@pytest.mark.parametrize("machine", [DyingService, DyingNode])
def test_no_crash_at_any_moment_keeps_a_task_from_ending_once(new_task_service, anonymizer, machine):
    class FromFixtures(machine):
        new_service = staticmethod(new_task_service)
        new_anonymizer = staticmethod(anonymizer)

    run_state_machine_as_test(FromFixtures, settings=settings(max_examples=75, stateful_step_count=25))

"""A finished task's upload is drawn again from what was found in it, as a task of its own."""

from dataclasses import replace

import pytest

from veil.domain.causes import FailureCause
from veil.domain.errors import ClassUnavailableError, StaleTaskError
from veil.domain.media import Artifact
from veil.domain.policy import AnonymizationMethod, ClassRule, ObjectClass, Policy
from veil.domain.rendering import Changes
from veil.domain.task import TaskStatus
from veil.ports.anonymizer import Anonymized
from veil.use_cases.render_task import render_task

FACE = ClassRule(hide=True)
CHANGES = Changes(without=(3,))


@pytest.fixture
def draftsman(anonymizer):
    """Leaves findings, and draws what is made of them."""

    class Draftsman(anonymizer):
        def anonymize(self, source, sink, policy, progress):
            with sink.writing(Artifact.FINDINGS) as file:
                file.write_bytes(b"found")
            return super().anonymize(source, sink, policy, progress)

        def render(self, source, found, sink, policy, progress):
            drawn = [source.read_bytes(), found.findings.read_bytes(), repr(found.changes.without).encode()]
            with sink.writing(Artifact.ANONYMIZED) as file:
                file.write_bytes(b" ".join([policy.method.encode(), *drawn]))
            return Anonymized(hidden=1)

    return Draftsman()


@pytest.fixture
def done(task_service, draftsman):
    """A finished task that left findings."""
    task = task_service.run(task_service.queued(), draftsman)
    assert task.status is TaskStatus.DONE
    return task


@pytest.fixture
def render(task_service, done):
    """Draws it again by a policy."""

    def ask(policy=None, *, of=done, available=frozenset({ObjectClass.FACE})):
        policy = policy or replace(of.policy, method=AnonymizationMethod.BLACKEN)
        ports = task_service.given("tasks", "media", "queue", "clock", instead={})
        return render_task(of, policy, CHANGES, None, **ports, available=available)

    return ask


def test_the_upload_and_the_findings_of_the_first_are_worked_on_and_nothing_is_copied(task_service, draftsman, render):
    again = render()

    task = task_service.run(again.task_id, draftsman)

    assert task.status is TaskStatus.DONE
    assert task_service.kept(task.task_id) == {"1/anonymized.jpeg"}
    result = task_service.media.fetch(task.key_of(Artifact.ANONYMIZED), task_service.folder)
    assert result.read_bytes() == b"blacken \xff\xd8\xff a photo found (3,)"


@pytest.mark.parametrize("gone", ["upload", "findings"])
def test_what_is_deleted_before_the_work_begins_fails_the_new_task(task_service, draftsman, done, render, gone):
    again = render()
    task_service.media.discard(done.upload_key if gone == "upload" else done.key_of(Artifact.FINDINGS))

    task = task_service.run(again.task_id, draftsman)

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.TASK_FILE_DOESNT_EXIST)
    assert gone in task.failure_reason


def test_what_left_no_findings_cannot_be_drawn_again(task_service, render):
    other = task_service.run(task_service.queued())

    with pytest.raises(StaleTaskError, match="is done and has no findings"):
        render(of=other)


def test_a_class_without_a_model_is_refused(render):
    with pytest.raises(ClassUnavailableError):
        render(Policy(face=FACE), available=frozenset())


def test_a_new_task_that_nobody_was_told_of_is_offered_again(task_service, render):
    again = render()

    assert task_service.task(again.task_id).is_claimable(task_service.clock.now())

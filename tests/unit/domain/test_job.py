from datetime import UTC, datetime

import pytest

from veil.domain.errors import StaleJobError
from veil.domain.events import JobEventKind
from veil.domain.job import Job
from veil.domain.policy import ClassRule, Policy

NOW = datetime(2026, 11, 28, tzinfo=UTC)
TO_THE_END = [
    lambda job: job.uploaded("once", NOW),
    lambda job: job.priced(2, NOW),
    lambda job: job.approved(NOW),
    lambda job: job.finished(NOW),
]


def new_job():
    told = {"job_id": "j", "owner": "ana", "key_id": "k", "model": "blur", "file_name": "a.jpg"}
    return Job(**told, policy=Policy(face=ClassRule(hide=True)), created_at=NOW, updated_at=NOW)


def moved(moves):
    job, events = new_job(), []
    for move in moves:
        change = move(job)
        job = change.job
        events.append(change.event)
    return job, events


def test_each_transition_has_one_event_of_its_own():
    _, events = moved(TO_THE_END)

    assert [event.kind for event in events] == [
        JobEventKind.UPLOADED,
        JobEventKind.AWAITING,
        JobEventKind.APPROVED,
        JobEventKind.DONE,
    ]
    assert len({event.event_id for event in events}) == 4


@pytest.mark.parametrize("steps", range(4))
@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (lambda job: job.failed("why", NOW), JobEventKind.FAILED),
        (lambda job: job.cancelled(NOW), JobEventKind.CANCELLED),
    ],
)
def test_a_job_that_ends_early_tells_so_once(steps, end, kind):
    job, events = moved([*TO_THE_END[:steps], end])

    assert [event.kind for event in events].count(kind) == 1
    with pytest.raises(StaleJobError):
        end(job)


@pytest.mark.parametrize("steps", range(4))
def test_a_callback_is_no_transition_and_is_in_every_event_after_it(steps):
    job, _ = moved(TO_THE_END[:steps])
    change = job.called_back("https://hook.example/")

    assert (change.event, change.entry) == (None, None)
    assert change.job.cancelled(NOW).event.callback == "https://hook.example/"


def test_a_job_that_has_ended_takes_no_callback():
    job, _ = moved(TO_THE_END)

    with pytest.raises(StaleJobError):
        job.called_back("https://hook.example/")

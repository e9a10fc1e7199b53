"""An archive is one job with a task for each of its files, paid and ended together."""

import pytest

from tests.archives import make_rar4, make_zip
from tests.unit.use_cases.job_world import PICTURE
from veil.contracts.syntonym.bodies import job_report
from veil.domain.credits import EntryKind
from veil.domain.job import JobStatus
from veil.domain.media import original_key
from veil.domain.task import TaskStatus
from veil.use_cases.jobs import cancel_job, shown_job

THREE = [(f"{number}.jpg", PICTURE + bytes([number])) for number in range(3)]


@pytest.fixture
def uploaded(world):
    """Makes a job of an archive's bytes."""

    def make(content):
        world.sessions.content = content
        return world.uploaded()

    return make


def report(world, job_id):
    return job_report(shown_job(world.jobs.get(job_id), tasks=world.tasks), world.media)


def to_the_end(world, job_id, fails=()):
    world.advance(job_id)
    world.approve(job_id)
    world.advance(job_id)
    world.work(job_id, fails)
    world.advance(job_id)


def test_each_file_becomes_a_task_with_its_content_and_the_job_costs_their_sum(world, uploaded):
    job_id = uploaded(make_zip(THREE[:2]))

    to_the_end(world, job_id)

    told = report(world, job_id)
    assert (told["job_status"], told["job_total_credit_cost"], told["has_errors"]) == (100, 4, False)
    assert [(task["input_file"], task["output_file"], task["credit_cost"]) for task in told["tasks"]] == [
        ("0.jpg", "0_anon.jpg", 2),
        ("1.jpg", "1_anon.jpg", 2),
    ]
    assert all(task["download_link"] for task in told["tasks"])
    keys = [original_key(task.owner, task.task_id) for task in world.of_job(job_id)]
    assert [world.media.landed_upload(key).size_bytes for key in keys] == [len(PICTURE) + 1] * 2
    assert world.ledger.balance(world.key.key_id) == 1


def test_what_cannot_be_worked_on_is_told_file_by_file_and_costs_nothing(world, uploaded):
    job_id = uploaded(
        make_zip([("d/", b""), ("d/a.jpg", PICTURE), ("in.zip", make_zip(THREE)), ("t.txt", b"text"), ("e.jpg", b"")])
    )

    to_the_end(world, job_id)

    told = report(world, job_id)
    assert (told["job_status"], told["job_total_credit_cost"], told["has_errors"]) == (100, 2, True)
    # What the archive itself says is no file comes first.
    assert [(task["input_file"], task["task_status"], bool(task["download_link"])) for task in told["tasks"]] == [
        ("d", 200, False),
        ("a.jpg", 100, True),
        ("in.zip", 200, False),
        ("t.txt", 200, False),
        ("e.jpg", 200, False),
    ]
    words = [task["task_status_description"] for task in told["tasks"]]
    assert "folder" in words[0]
    assert "archives in archives" in words[2]
    assert all(words[3:])


def test_files_that_fail_are_given_back_at_the_end(world, uploaded):
    job_id = uploaded(make_rar4(THREE[:2]))

    to_the_end(world, job_id, fails={"1.jpg"})

    told = report(world, job_id)
    assert (told["job_status"], told["job_total_credit_cost"], told["has_errors"]) == (100, 2, True)
    assert sorted(task["credit_cost"] for task in told["tasks"]) == [0, 2]
    assert world.kinds() == [EntryKind.RESERVED, EntryKind.SETTLED]
    assert world.ledger.balance(world.key.key_id) == 3


def test_a_job_of_which_nothing_is_left_fails_and_costs_nothing(world, uploaded):
    job_id = uploaded(make_zip(THREE[:2]))

    to_the_end(world, job_id, fails={"0.jpg", "1.jpg"})

    told = report(world, job_id)
    assert (told["job_status"], told["has_errors"]) == (200, True)
    assert (told["job_total_credit_cost"], [task["credit_cost"] for task in told["tasks"]]) == (0, [0, 0])
    assert "no file of 2" in told["job_status_description"]
    assert world.kinds() == [EntryKind.RESERVED, EntryKind.RELEASED]
    assert world.ledger.balance(world.key.key_id) == 5


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (make_zip([]), "empty"),
        (make_zip([("t.txt", b"text")]), "t.txt"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"7z\xbc\xaf\x27\x1c and then nothing", "damaged"),
    ],
)
def test_an_archive_without_anything_to_work_on_fails_before_it_is_priced(content, why, world, uploaded):
    job_id = uploaded(content)

    world.advance(job_id)

    told = report(world, job_id)
    assert (told["job_status"], told["job_total_credit_cost"]) == (200, None)
    assert why in told["job_status_description"]


@pytest.mark.parametrize("calls", range(0, 60, 2))
def test_interrupted_after_any_call_each_file_is_charged_and_worked_on_once(calls, world, uploaded):
    job_id = uploaded(make_zip(THREE[:2]))

    world.finish_interrupted(job_id, after=calls)

    assert [task.origin.member for task in world.of_job(job_id)] == [0, 1]
    assert world.kinds() == [EntryKind.RESERVED, EntryKind.SETTLED]
    assert world.ledger.balance(world.key.key_id) == 1


def test_a_job_that_is_cancelled_while_it_is_looked_at_leaves_no_task_waiting(world, uploaded):
    job_id = uploaded(make_zip(THREE))
    put = world.media.put

    def cancel_and_put(*arguments, **named):
        world.media.put = put
        cancel = {"jobs": world.jobs, "tasks": world.tasks, "sessions": world.sessions, "clock": world.clock}
        cancel_job(world.key, job_id, **cancel)
        put(*arguments, **named)

    world.media.put = cancel_and_put
    world.advance(job_id)

    assert world.jobs.get(job_id).status is JobStatus.CANCELLED
    assert {task.status for task in world.of_job(job_id)} == {TaskStatus.FAILED}
    assert world.ledger.balance(world.key.key_id) == 5


def test_progress_is_the_mean_of_all_files(world, uploaded):
    job_id = uploaded(make_zip(THREE[:2]))
    world.advance(job_id)
    world.approve(job_id)
    world.advance(job_id)
    assert report(world, job_id)["job_status"] == 0

    for number, expected in enumerate((50, 99)):
        world.work_on(world.of_job(job_id)[number])
        assert report(world, job_id)["job_status"] == expected

"""Workers without a task look at segments of the videos that others have."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from veil.domain.media import MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task
from veil.node.idle_help import IdleHelp

NOW = datetime(2026, 11, 28, tzinfo=UTC)


class Tasks:
    def __init__(self, *tasks):
        self.tasks = tasks

    def unfinished(self, statuses):
        return [task for task in self.tasks if task.status in statuses]


class Helpful:
    """A helper that says in turn what it was told to, then that it came to an end."""

    def __init__(self, *ends):
        self.helped, self.ends = [], list(ends)

    def help(self, ref, *, may_go_on):
        self.helped.append(ref.task_id)
        end = self.ends.pop(0) if self.ends else True
        if isinstance(end, Exception):
            raise end
        return end


def at_work(task_id, media_type=MediaType.MP4):
    made = Task.create(owner="ana", task_id=task_id, policy=Policy(face=ClassRule(hide=True)), webhook=None, now=NOW)
    queued = made.task.uploaded(Upload(9, "", b""), media_type, NOW)
    return queued.task.claimed("w", NOW, timedelta(minutes=1)).task


def new_help(tasks, helper, *, is_idle=lambda: True):
    return IdleHelp(tasks, helper, logging.getLogger(__name__), is_idle=is_idle)


def test_each_run_of_a_video_is_helped_once_and_photos_never():
    helper, tasks = Helpful(), Tasks(at_work(1), at_work(2, MediaType.JPEG), at_work(3))
    idle_help = new_help(tasks, helper)

    idle_help.give()
    idle_help.give()
    assert helper.helped == [1, 3]

    tasks.tasks = (replace(tasks.tasks[0], runs=2),)
    idle_help.give()
    assert helper.helped == [1, 3, 1]


def test_help_that_was_broken_off_is_given_again():
    helper = Helpful(False)
    idle_help = new_help(Tasks(at_work(1)), helper)

    idle_help.give()
    idle_help.give()
    idle_help.give()

    assert helper.helped == [1, 1]


def test_whoever_has_work_of_their_own_does_not_help():
    helper = Helpful()

    new_help(Tasks(at_work(1)), helper, is_idle=lambda: False).give()

    assert helper.helped == []


def test_help_that_fails_is_told_and_not_tried_again(caplog):
    helper = Helpful(OSError("disk full"))
    idle_help = new_help(Tasks(at_work(1)), helper)

    idle_help.give()
    idle_help.give()

    assert helper.helped == [1]
    assert "could not help" in caplog.text


@pytest.fixture(autouse=True)
def heard(caplog):
    caplog.set_level(logging.INFO)

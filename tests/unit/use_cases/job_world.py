"""A node's stores with one key, and whatever moves jobs on: to be interrupted anywhere."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.memory_adapters import MemoryWorkQueue
from tests.memory_media import MemoryMediaStore
from veil.adapters.archives.reader import SevenZipReader
from veil.adapters.sqlite.api_keys import SqliteApiKeys
from veil.adapters.sqlite.credits import SqliteLedger
from veil.adapters.sqlite.deliveries import SqliteDeliveryStore
from veil.adapters.sqlite.jobs import SqliteJobStore
from veil.adapters.sqlite.retention import SqliteEndedTasks
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.causes import FailureCause
from veil.domain.credits import Prices
from veil.domain.job import JobStatus
from veil.domain.media import Artifact
from veil.domain.policy import ClassRule, ObjectClass, Policy
from veil.domain.task import TaskStatus
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.advance_job import JobSteps
from veil.use_cases.api_keys import add_key
from veil.use_cases.inspect_upload import Inspection
from veil.use_cases.jobs import approve_job, create_job, take_upload

PICTURE = b"\xff\xd8\xff\xe0 a photo \xff\xd9"
FACES = Policy(face=ClassRule(hide=True))
AVAILABLE = frozenset({ObjectClass.FACE})


class Interrupted(BaseException):
    """The process is gone."""


@dataclass
class Switch:
    """Ends the process after so many calls of what it stands before."""

    left: int = 10**6

    def before(self, target):
        return _Guarded(target, self)


class _Guarded:
    def __init__(self, target, switch):
        self._target, self._switch = target, switch

    def __getattr__(self, name):
        real = getattr(self._target, name)

        def call(*arguments, **named):
            self._switch.left -= 1
            if self._switch.left < 0:
                raise Interrupted
            return real(*arguments, **named)

        return call


class MemorySessions:
    """One upload for every job."""

    def __init__(self, media, folder):
        self._media, self._file = media, folder / "sent"
        self.content = PICTURE
        self.kept = set()

    @property
    def content(self):
        return self._file.read_bytes()

    @content.setter
    def content(self, content):
        self._file.write_bytes(content)

    def head(self, job):
        return self.content[:256]

    def fetch(self, job, into):
        return Path(shutil.copy(self._file, into / "upload"))

    def collect(self, job, key):
        self._media.put(key, self._file, media_type="")
        return self._media.landed_upload(key)

    def job_ids(self):
        return tuple(self.kept)

    def discard(self, job_id):
        self.kept.discard(job_id)


class NoVideos:
    def seconds(self, file):
        raise AssertionError("there are only pictures")


class World:
    """A node's stores, a key with five credits, and whatever advances jobs."""

    def __init__(self, database, clock, folder):
        self.clock, self.switch = clock, Switch()
        self.tasks, self.jobs, self.ledger = SqliteTaskStore(database), SqliteJobStore(database), SqliteLedger(database)
        self.deliveries, self.ended = SqliteDeliveryStore(database), SqliteEndedTasks(database)
        self.media = MemoryMediaStore(clock)
        self.queue = MemoryWorkQueue(clock, visibility=timedelta(seconds=60))
        self.folder = folder
        self.sessions = MemorySessions(self.media, folder)
        self.key = add_key("demo", keys=SqliteApiKeys(database), clock=clock, credits_granted=5).key

    def steps(self, **options):
        guarded = {name: self.switch.before(getattr(self, name)) for name in ("jobs", "tasks", "media", "sessions")}
        looks = {"available": AVAILABLE, "probe": NoVideos(), "archives": SevenZipReader(), "folder": self.folder}
        inspection = Inspection(**guarded, **looks, clock=self.clock, prices=Prices(image=2))
        stores = {"tasks": guarded["tasks"], "media": guarded.pop("media")}
        intake = UploadIntake(**stores, queue=self.queue, clock=self.clock)
        return JobSteps(**guarded, clock=self.clock, intake=intake, inspection=inspection, **options)

    def uploaded(self):
        told = {"model": "blur", "file_name": "a.jpg", "available": AVAILABLE, "jobs": self.jobs, "clock": self.clock}
        job = create_job(self.key, FACES, **told)
        take_upload(job.job_id, "once", jobs=self.jobs, clock=self.clock)
        return job.job_id

    def approve(self, job_id):
        return approve_job(self.key, job_id, jobs=self.jobs, clock=self.clock)

    def advance(self, job_id, **options):
        self.steps(**options).advance(self.jobs.get(job_id))

    def finish_interrupted(self, job_id, *, after):
        """Bring the job to its results; each step loses its process after so many calls and is done again."""
        status = None
        while status is not JobStatus.DONE:
            self.switch.left = after
            try:
                self.advance(job_id)
            except Interrupted:
                self.switch.left = 10**6
                self.advance(job_id)
            status = self.jobs.get(job_id).status
            if status is JobStatus.AWAITING:
                self.approve(job_id)
            elif status is JobStatus.APPROVED:
                self.work(job_id)

    def of_job(self, job_id):
        return self.tasks.of_job(self.key.owner, job_id)

    def work(self, job_id, fails=()):
        """Do what workers do with the job's tasks; those whose names are given fail."""
        for task in self.of_job(job_id):
            if task.status is TaskStatus.QUEUED:
                self.work_on(task, fails)

    def work_on(self, task, fails=()):
        now = self.clock.now()
        claimed = task.claimed("w", now, timedelta(minutes=1))
        self.tasks.save(claimed)
        if task.origin.name in fails:
            self.tasks.save(claimed.task.failed(FailureCause.VERIFICATION_FAILED, now))
        else:
            self.tasks.save(claimed.task.finished("w", (Artifact.ANONYMIZED,), now))

    def kinds(self):
        return [entry.kind for entry in self.ledger.entries(self.key.key_id)][1:]

"""Jobs in SQLite."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from sqlite3 import Connection

from veil.adapters.records import JOBS
from veil.adapters.sqlite.credits import add_entry
from veil.adapters.sqlite.database import INTEGER_MAX, Database, microseconds
from veil.adapters.sqlite.deliveries import add_delivery
from veil.domain.errors import StaleJobError, TooManyJobsError
from veil.domain.job import OPEN, Job, JobChange, JobStatus
from veil.use_cases.announce import callback_for

_INSERT = """
    INSERT INTO jobs (job_id, key_id, status, created_at, updated_at, version, record)
    VALUES (:job_id, :key_id, :status, :created_at, :updated_at, :version, :record)
"""
_REPLACE = """
    UPDATE jobs SET status = :status, updated_at = :updated_at, version = :version, record = :record
    WHERE job_id = :job_id AND version = :version - 1
"""
_GET = "SELECT record FROM jobs WHERE job_id = :job_id"
IN_STATUS = """
    SELECT record FROM jobs
    WHERE status IN ('new', 'uploaded', 'awaiting_approval', 'approved')
      AND status IN (SELECT value FROM json_each(:statuses)) AND created_at <= :created_until
    ORDER BY created_at LIMIT 5000
"""
OPEN_OF_KEY = """
    SELECT count(*) FROM jobs
    WHERE status IN ('new', 'uploaded', 'awaiting_approval', 'approved') AND key_id = :key_id
"""
_ENDED = "status NOT IN (SELECT value FROM json_each(:open))"
_REMOVE_ENDED = f"DELETE FROM jobs WHERE updated_at <= :moment AND {_ENDED}"  # noqa: S608  # its parts are constants
_REMOVE = f"DELETE FROM jobs WHERE job_id = :job_id AND {_ENDED}"  # noqa: S608  # likewise


class SqliteJobStore:
    """Jobs in the node's database, each change in one transaction with its entry of the ledger and its callback."""

    def __init__(self, database: Database, *, max_open: int | None = None) -> None:
        """Keep jobs in the database, and let no key have more than `max_open` that have not ended."""
        self._database = database
        self._max_open = max_open

    def add(self, job: Job) -> None:
        """Save a new job.

        Raises:
            TooManyJobsError: Its key has as many open jobs as one may have.
        """
        with self._database.writing() as connection:
            self._require_room(connection, job.key_id)
            connection.execute(_INSERT, _row(job))

    def save(self, change: JobChange) -> None:
        """Replace the job's version before this one, add the entry and the event's call: all or nothing.

        Raises:
            StaleJobError: The stored version is not the one before.
            InsufficientCreditError: The key has fewer credits than the entry takes.
        """
        with self._database.writing() as connection:
            if not connection.execute(_REPLACE, _row(change.job)).rowcount:
                raise StaleJobError(f"Job {change.job.job_id} was changed by somebody else.")
            if change.entry is not None:
                add_entry(connection, change.entry)
            if change.event is not None and (call := callback_for(change.event)) is not None:
                add_delivery(connection, call)

    def get(self, job_id: str) -> Job | None:
        """Return the job, or None."""
        rows = self._database.read(_GET, {"job_id": job_id})
        return JOBS.load(rows[0]["record"]) if rows else None

    def in_status(self, statuses: Collection[JobStatus], *, created_until: datetime | None = None) -> Sequence[Job]:
        """Return the oldest jobs in these statuses, which are open ones, at most 5,000."""
        until = INTEGER_MAX if created_until is None else microseconds(created_until)
        values = {"statuses": json.dumps(sorted(statuses)), "created_until": until}
        return [JOBS.load(row["record"]) for row in self._database.read(IN_STATUS, values)]

    def remove_ended(self, moment: datetime) -> None:
        """Forget the jobs that ended by then. Their entries of the ledger stay."""
        with self._database.writing() as connection:
            connection.execute(_REMOVE_ENDED, {"moment": microseconds(moment), "open": json.dumps(sorted(OPEN))})

    def remove(self, job_id: str) -> None:
        """Forget the job if it has ended. Its entries of the ledger stay."""
        with self._database.writing() as connection:
            connection.execute(_REMOVE, {"job_id": job_id, "open": json.dumps(sorted(OPEN))})

    def _require_room(self, connection: Connection, key_id: str) -> None:
        if self._max_open is None:
            return
        (unfinished,) = connection.execute(OPEN_OF_KEY, {"key_id": key_id}).fetchone()
        if unfinished >= self._max_open:
            raise TooManyJobsError(f"The API key has {unfinished} open jobs, which is the limit of this service.")


def _row(job: Job) -> dict[str, object]:
    return {
        "job_id": job.job_id,
        "key_id": job.key_id,
        "status": job.status,
        "created_at": microseconds(job.created_at),
        "updated_at": microseconds(job.updated_at),
        "version": job.version,
        "record": JOBS.dump(job),
    }

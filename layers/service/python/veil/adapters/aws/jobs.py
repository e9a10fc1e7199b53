"""Jobs in DynamoDB, each change written with its entry of the ledger, its event and its callback."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from veil.adapters.aws.credits import entering, too_little
from veil.adapters.aws.deliveries import delivery_item
from veil.adapters.aws.event_items import job_event
from veil.adapters.aws.table import (
    EXPIRES,
    Item,
    Key,
    Table,
    Write,
    WriteRefusedError,
    expiry,
    item_of,
    microseconds,
    number,
    portions,
    shelved,
    text,
)
from veil.adapters.aws.task_keys import job_partition
from veil.adapters.aws.writes import Put
from veil.adapters.records import JOBS
from veil.domain.errors import StaleJobError
from veil.domain.job import OPEN, Job, JobChange, JobStatus
from veil.use_cases.announce import callback_for

MOST_LISTED = 5000


class DynamoJobStore:
    """Jobs of all keys. Lists may lack what was saved a moment ago."""

    def __init__(self, table: Table, *, retention: timedelta) -> None:
        """Keep jobs that ended for `retention` after that."""
        self._table = table
        self._retention = retention

    def add(self, job: Job) -> None:
        """Save a new job."""
        self._table.write(Put(self._item(job), "attribute_not_exists(pk)"))

    def save(self, change: JobChange) -> None:
        """Replace the job's version before this one, add the entry and the event's call: all or nothing.

        Raises:
            StaleJobError: The stored version is not the one before.
            InsufficientCreditError: The key has fewer credits than the entry takes.
        """
        job, entry, event = change
        writes: list[Write] = [Put(self._item(job), "version = :before", {":before": number(job.version - 1)})]
        if event is not None:
            call = callback_for(event)
            writes += [job_event(event), *([Put(delivery_item(call, self._retention))] if call else [])]
        if entry is not None:
            writes += entering(entry)
        try:
            self._table.write(*writes)
        except WriteRefusedError as error:
            is_unpaid = error.places == {len(writes) - 1}
            if entry is not None and is_unpaid:
                raise too_little(entry) from error
            raise StaleJobError(f"Job {job.job_id} was changed by somebody else.") from error

    def get(self, job_id: str) -> Job | None:
        """Return the job, or None."""
        item = self._table.get(_key(job_id))
        return _job(item) if item else None

    def in_status(self, statuses: Collection[JobStatus], *, created_until: datetime | None = None) -> Sequence[Job]:
        """Return the oldest jobs in these statuses, which are open ones, at most 5,000 of each."""
        until = None if created_until is None else microseconds(created_until)
        found = [job for status in statuses for job in islice(self._on_shelf(status, until), MOST_LISTED)]
        return sorted(found, key=lambda job: job.created_at)

    def _on_shelf(self, status: JobStatus, until: int | None) -> Iterator[Job]:
        for keys in portions(self._table.on_shelf(_shelf(status), until=until)):
            # The index may not know yet that a job has moved on.
            yield from (job for job in map(_job, self._table.get_many(keys)) if job.status is status)

    def _item(self, job: Job) -> Item:
        item = item_of(_key(job.job_id), version=number(job.version), record=text(JOBS.dump(job)))
        if job.status in OPEN:
            return {**item, **shelved(_shelf(job.status), job.job_id, microseconds(job.created_at))}
        return {**item, EXPIRES: expiry(job.updated_at + self._retention)}


def _key(job_id: str) -> Key:
    return Key(job_partition(job_id), "job")


def _shelf(status: JobStatus) -> str:
    return f"job_{status}"


def _job(item: Item) -> Job:
    return JOBS.load(item["record"]["S"])

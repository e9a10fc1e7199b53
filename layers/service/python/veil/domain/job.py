"""A job: one upload through one policy, which is approved before anything is done and paid with a key's credits.

States: new -> uploaded -> awaiting_approval -> approved -> done | failed, and cancelled from each before the last.
Transitions are methods; each refuses what is not allowed and returns the changed job with its one event and with what
it changes of credits.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from veil.domain.credits import CreditEntry, EntryKind
from veil.domain.errors import StaleJobError
from veil.domain.events import JobEvent, JobEventKind
from veil.domain.policy import Policy

SESSION_LIFE = timedelta(days=7)
"""How long a job waits for its upload and its approval."""


class JobStatus(StrEnum):
    """Where a job stands. Nothing is worked on before it is `APPROVED`."""

    NEW = "new"
    UPLOADED = "uploaded"
    AWAITING = "awaiting_approval"
    APPROVED = "approved"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNAPPROVED = frozenset({JobStatus.NEW, JobStatus.UPLOADED, JobStatus.AWAITING})
OPEN = UNAPPROVED | {JobStatus.APPROVED}
DUE = frozenset({JobStatus.UPLOADED, JobStatus.APPROVED})
"""Those that are moved on by themselves."""


class JobChange(NamedTuple):
    """A changed job, the entry of the ledger that belongs to the change, if one does, and its event if it moved."""

    job: "Job"
    entry: CreditEntry | None = None
    event: JobEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One upload and what became of it so far. Its tasks are ordinary tasks that name it as their origin.

    Attributes:
        job_id: A UUID.
        key_id: The API key that made it, and the only one that sees it.
        model: The contract's word for how it is hidden.
        file_name: As its owner calls the file: a label, never a path.
        source: The path below the jobs folder that its upload was taken from; "" where a client sent it.
        committed: Names the upload that was taken; "" before there is one.
        cost: In credits; None until the upload was looked at.
        reason: Why it failed, for people.
        callback: The address that its events are told to, or None.
        version: Grows by one with every change; the store writes only on top of the version before.
    """

    job_id: str
    owner: str
    key_id: str
    policy: Policy
    model: str
    file_name: str
    source: str = ""
    created_at: datetime
    updated_at: datetime
    status: JobStatus = JobStatus.NEW
    committed: str = ""
    cost: int | None = None
    reason: str = ""
    callback: str | None = None
    version: int = 1

    def uploaded(self, committed: str, now: datetime) -> JobChange:
        """Take the upload.

        Raises:
            StaleJobError: It has one already, or will never take one.
        """
        return self._moved({JobStatus.NEW}, JobStatus.UPLOADED, now, committed=committed)

    def priced(self, cost: int, now: datetime) -> JobChange:
        """Wait for the approval of what the upload costs.

        Raises:
            StaleJobError: There is nothing to price.
        """
        return self._moved({JobStatus.UPLOADED}, JobStatus.AWAITING, now, cost=cost)

    def approved(self, now: datetime) -> JobChange:
        """Have the upload worked on and take what it costs.

        Raises:
            StaleJobError: It does not wait for that.
        """
        moved = self._moved({JobStatus.AWAITING}, JobStatus.APPROVED, now)
        return moved._replace(entry=moved.job.entry(EntryKind.RESERVED, -(self.cost or 0)))

    def finished(self, now: datetime, *, unused: int = 0) -> JobChange:
        """End the job with its results and give back what its failed files were to cost.

        Raises:
            StaleJobError: It is not being worked on.
        """
        moved = self._moved({JobStatus.APPROVED}, JobStatus.DONE, now, cost=(self.cost or 0) - unused)
        return moved._replace(entry=moved.job.entry(EntryKind.SETTLED, unused))

    def failed(self, reason: str, now: datetime) -> JobChange:
        """End the job without results and give back what was taken.

        Raises:
            StaleJobError: It has ended already.
        """
        return self._ended(JobStatus.FAILED, now, reason)

    def cancelled(self, now: datetime) -> JobChange:
        """End the job because nobody wants its results any more, and give back what was taken.

        Raises:
            StaleJobError: It has ended already.
        """
        return self._ended(JobStatus.CANCELLED, now, "cancelled")

    def called_back(self, callback: str) -> JobChange:
        """Have events from now on told to this address, in place of an earlier one. No transition, so no event.

        Raises:
            StaleJobError: It has ended, so that there is nothing to tell any more.
        """
        if self.status not in OPEN:
            raise StaleJobError(f"Job {self.job_id} is {self.status}; its callback would never be called.")
        return JobChange(replace(self, callback=callback, version=self.version + 1))

    def entry(self, kind: EntryKind, amount: int) -> CreditEntry:
        """Return the one entry of this kind that the job may have."""
        return CreditEntry(
            entry_id=f"{self.job_id}:{kind}",
            key_id=self.key_id,
            kind=kind,
            amount=amount,
            entered_at=self.updated_at,
            job_id=self.job_id,
        )

    def _ended(self, status: JobStatus, now: datetime, reason: str) -> JobChange:
        moved = self._moved(OPEN, status, now, reason=reason)
        is_paid = self.status is JobStatus.APPROVED
        return moved._replace(entry=moved.job.entry(EntryKind.RELEASED, self.cost or 0) if is_paid else None)

    def _moved(
        self, allowed: frozenset[JobStatus] | set[JobStatus], status: JobStatus, now: datetime, **changes: object
    ) -> JobChange:
        if self.status not in allowed:
            raise StaleJobError(f"Job {self.job_id} is {self.status}; it cannot become {status}.")
        changed = replace(self, status=status, updated_at=now, version=self.version + 1, **changes)  # type: ignore[arg-type]  # as in Task
        return JobChange(changed, event=changed._event())

    def _event(self) -> JobEvent:
        return JobEvent(
            event_id=f"evt_{self.job_id}_{self.version}",
            kind=JobEventKind(f"job.{self.status}"),
            owner=self.owner,
            job_id=self.job_id,
            occurred_at=self.updated_at,
            callback=self.callback,
        )

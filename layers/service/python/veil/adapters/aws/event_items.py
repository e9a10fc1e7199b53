"""What happened, as items of the table: its stream is the outbox, from which a Pipe passes them on.

Nobody has to ask what is pending or say what was passed on, and the items vanish by themselves.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from veil.adapters.aws.table import EXPIRES, Key, expiry, item_of, text
from veil.adapters.aws.writes import Put
from veil.adapters.records import EVENTS, JOB_EVENTS
from veil.domain.events import JobEvent
from veil.domain.task import Transition

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

EVENT_PREFIX = "event#"
"""How the partition keys of event items begin: what the Pipe filters by."""
# The stream keeps a day of changes.
_KEPT = timedelta(days=1)


def task_event(moved: Transition) -> Put:
    """Return the write that tells of a task's transition, by `job` too where the task is one's."""
    event, job = moved.event, moved.task.origin.job
    return _event(
        event.event_id,
        event.kind,
        event.owner,
        event.occurred_at,
        task_id=text(str(event.task_id)),
        record=text(EVENTS.dump(event)),
        **({"job": text(job)} if job else {}),
    )


def job_event(event: JobEvent) -> Put:
    """Return the write that tells of a job's transition."""
    record = text(JOB_EVENTS.dump(event))
    return _event(event.event_id, event.kind, event.owner, event.occurred_at, job=text(event.job_id), record=record)


def _event(name: str, kind: str, owner: str, at: datetime, **told: "AttributeValueTypeDef") -> Put:
    # Rules match attributes.
    about = {"kind": text(kind), "owner": text(owner), EXPIRES: expiry(at + _KEPT)}
    return Put(item_of(Key(f"{EVENT_PREFIX}{name}", "event"), **about, **told))

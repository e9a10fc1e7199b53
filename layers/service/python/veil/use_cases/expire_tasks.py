"""Keep what has ended only as long as the operator wants. In the cloud the table does this by itself."""

from datetime import timedelta

from veil.domain.media import task_prefix
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import EndedTasks

_PORTION = 200


def expire_tasks(retention: timedelta, *, ended: EndedTasks, media: MediaStore, clock: Clock) -> int:
    """Delete files and records of all tasks that ended so long ago; return how many there were.

    Files go first, so that a crash in between leaves a record whose files are deleted again, and not files that
    no record leads to. Webhook calls that are over go with them.
    """
    moment, expired = clock.now() - retention, 0
    while refs := ended.ended_until(moment, _PORTION):
        for ref in refs:
            media.delete(task_prefix(ref.owner, ref.task_id))
        ended.remove(refs, moment)
        expired += len(refs)
    ended.remove_deliveries(moment)
    return expired

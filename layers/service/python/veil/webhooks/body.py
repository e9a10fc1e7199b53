"""What a webhook's receiver is told."""

import json

from veil.domain.task import Task, TaskStatus


def webhook_body(task: Task, anonymized_url: str | None) -> str:
    """Return the JSON body that tells how the task ended (contracts/celantur.md A.11).

    The outcome is the one that the event announced, also when the task was deleted since. The URL is
    left out where there is no file to download; `failure_cause` is there for a failed task only.
    """
    fields: dict[str, str | int] = {
        "customer_id": task.owner,
        "task_id": task.task_id,
        "task_status": TaskStatus.FAILED if task.failure_cause else TaskStatus.DONE,
    }
    if task.failure_cause:
        fields["failure_cause"] = task.failure_cause
    if anonymized_url:
        fields["anonymized_url"] = anonymized_url
    return json.dumps(fields, separators=(",", ":"))

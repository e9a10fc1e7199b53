"""How v2 calls the states of tasks and webhooks (contracts/celantur.md A.9, A.11)."""

from collections.abc import Mapping

from veil.domain.task_status import TaskStatus, WebhookStatus

TASK_STATES: Mapping[TaskStatus, str] = {
    TaskStatus.NEW: "new",
    TaskStatus.QUEUED: "queued",
    TaskStatus.PROCESSING: "processing",
    TaskStatus.DONE: "done",
    TaskStatus.FAILED: "failed",
    TaskStatus.DELETED: "deleted",
}
WEBHOOK_STATES: Mapping[WebhookStatus, str] = {
    WebhookStatus.EMPTY: "empty",
    WebhookStatus.SET: "set",
    WebhookStatus.SENT: "sent",
    WebhookStatus.FAILED: "failed",
}

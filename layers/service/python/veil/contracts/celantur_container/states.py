"""How the container calls the states of tasks and webhooks (contracts/celantur.md C.4)."""

from collections.abc import Mapping

from veil.domain.task_status import TaskStatus, WebhookStatus

TASK_STATES: Mapping[TaskStatus, str] = {
    TaskStatus.NEW: "new",
    TaskStatus.QUEUED: "queued",
    TaskStatus.PROCESSING: "processing",
    TaskStatus.DONE: "done",
    TaskStatus.FAILED: "failed",
    TaskStatus.DELETED: "deleted",
    TaskStatus.FORGOTTEN: "forgotten",
}
WEBHOOK_STATES: Mapping[WebhookStatus, str] = {
    WebhookStatus.EMPTY: "empty",
    WebhookStatus.SET: "set",
    WebhookStatus.SENT: "sent",
    WebhookStatus.FAILED: "failed",
}

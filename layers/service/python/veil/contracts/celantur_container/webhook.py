"""What a webhook's receiver is told in the words of the container: no sample of its body exists (C.6)."""

from veil.contracts.celantur_container.links import PATHS
from veil.contracts.celantur_container.states import TASK_STATES
from veil.domain.task import Task
from veil.http.file_id import file_id_of
from veil.http.file_links import file_links
from veil.http.webhook_outcome import Fields, outcome


def webhook_fields(task: Task, api_url: str) -> Fields:
    """Return the fields of the body: those of `GET /v1/task/{id}`."""
    identity: Fields = {"id": file_id_of(task.task_id), "name": task.origin.name}
    links: Fields = {f"{file}_url": link for file, link in file_links(task, PATHS, api_url).items()}
    return identity | outcome(task, "status", TASK_STATES) | links

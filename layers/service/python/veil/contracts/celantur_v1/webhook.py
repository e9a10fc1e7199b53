"""What a webhook's receiver is told in the words of v1 (contracts/celantur.md B.5)."""

from veil.contracts.celantur_v1.links import PATHS
from veil.contracts.celantur_v1.states import TASK_STATES
from veil.domain.task import Task
from veil.http.file_id import file_id_of
from veil.http.file_links import file_links
from veil.http.webhook_outcome import Fields, outcome


def webhook_fields(task: Task, api_url: str) -> Fields:
    """Return the fields of the body; a link to a file that does not exist is null."""
    identity: Fields = {"customer_id": task.owner, "file_id": file_id_of(task.task_id)}
    links: Fields = {f"{file}_link": link for file, link in file_links(task, PATHS, api_url).items()}
    return identity | outcome(task, "file_status", TASK_STATES) | links

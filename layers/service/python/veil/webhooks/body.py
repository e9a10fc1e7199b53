"""What a webhook's receiver is told, in the words of the API that the task came in by."""

import json

from veil.domain.file_id import file_id_of
from veil.domain.file_links import file_links
from veil.domain.origin import Api
from veil.domain.task import Task, TaskStatus

Fields = dict[str, str | int | None]


def webhook_body(task: Task, anonymized_url: str | None, api_url: str) -> str:
    """Return the JSON body that tells how the task ended.

    The outcome is the one that the event announced, also when the task was deleted since;
    `failure_cause` is there for a failed task only.

    Args:
        task: The task.
        anonymized_url: A fresh URL of the result, or None where there is no file to download.
        api_url: Where clients reach the API, without a slash at its end.
    """
    fields = {
        Api.V2: lambda: _v2(task, anonymized_url),
        Api.V1: lambda: _v1(task, api_url),
        Api.CONTAINER: lambda: _container(task, api_url),
    }[task.origin.api]()
    return json.dumps(fields, separators=(",", ":"))


def _v2(task: Task, anonymized_url: str | None) -> Fields:
    """Return the body of contracts/celantur.md A.11; without a file to download it has no URL."""
    identity: Fields = {"customer_id": task.owner, "task_id": task.task_id}
    outcome = _outcome(task, "task_status")
    return identity | outcome | ({"anonymized_url": anonymized_url} if anonymized_url else {})


def _v1(task: Task, api_url: str) -> Fields:
    """Return the body of contracts/celantur.md B.5; a link to a file that does not exist is null."""
    identity: Fields = {"customer_id": task.owner, "file_id": file_id_of(task.task_id)}
    links: Fields = {f"{file}_link": link for file, link in file_links(task, Api.V1, api_url).items()}
    return identity | _outcome(task, "file_status") | links


def _container(task: Task, api_url: str) -> Fields:
    """Return what `GET /v1/task/{id}` answers too: no sample of the container's body exists (C.6)."""
    links = file_links(task, Api.CONTAINER, api_url)
    identity: Fields = {"id": file_id_of(task.task_id), "name": task.origin.name}
    return identity | _outcome(task, "status") | {f"{file}_url": link for file, link in links.items()}


def _outcome(task: Task, key: str) -> Fields:
    if task.failure_cause:
        return {key: TaskStatus.FAILED, "failure_cause": task.failure_cause}
    return {key: TaskStatus.DONE}

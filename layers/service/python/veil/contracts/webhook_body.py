"""What a webhook's receiver is told, in the words of the contract that the task came in by."""

import json

from veil.contracts.celantur_container import webhook as container
from veil.contracts.celantur_v1 import webhook as v1
from veil.contracts.celantur_v2 import webhook as v2
from veil.domain.origin import Api
from veil.domain.task import Task
from veil.http.webhook_outcome import Fields


def webhook_body(task: Task, anonymized_url: str | None, *, api_url: str) -> str:
    """Return the JSON body that tells how the task ended.

    Args:
        task: The task.
        anonymized_url: A fresh URL of the result, or None where there is no file to download.
        api_url: Where clients reach the API, without a slash at its end.
    """
    return json.dumps(_fields(task, anonymized_url, api_url), separators=(",", ":"))


def _fields(task: Task, anonymized_url: str | None, api_url: str) -> Fields:
    if task.origin.api is Api.V1:
        return v1.webhook_fields(task, api_url)
    if task.origin.api is Api.CONTAINER:
        return container.webhook_fields(task, api_url)
    return v2.webhook_fields(task, anonymized_url)

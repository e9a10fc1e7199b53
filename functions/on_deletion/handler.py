"""A task was deleted, or its time is over: forget its files.

The API deletes them itself; this repeats it, so that a crash in between leaves nothing behind. Deleting
what is gone changes nothing, so the event may come twice.
"""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.media import S3MediaStore
from veil.domain.media import task_prefix
from veil.ports.queue import TaskRef
from veil.settings import FunctionSettings

OWNER_PREFIX = "owner#"

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(FunctionSettings):
    """What this function is told.

    Attributes:
        bucket: The media bucket's name.
    """

    bucket: str


@cache
def media() -> S3MediaStore:
    """Open the media, once for each environment."""
    settings = Settings.from_env(os.environ)
    return S3MediaStore(AwsClients(settings.aws_region), settings.bucket)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Forget the files of one task."""
    ref = _task_of(event["detail"])
    media().delete(task_prefix(ref.owner, ref.task_id))
    logger.info("forgot a task's files", extra={"task_id": ref.task_id, "why": event["detail"]["eventName"]})


def _task_of(change: dict[str, Any]) -> TaskRef:
    """Return the task of a record of the table's stream: of an event item, or of a task item that expired."""
    if change["eventName"] == "REMOVE":
        keys = change["dynamodb"]["Keys"]
        return TaskRef(keys["pk"]["S"].removeprefix(OWNER_PREFIX), int(keys["sk"]["S"]))
    image = change["dynamodb"]["NewImage"]
    return TaskRef(image["owner"]["S"], int(image["task_id"]["S"]))

"""The express lane: single images on processors, within seconds, free while idle."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Size
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.python_function import new_log_group, new_role, observability
from infra.queues import RetriedQueue

TIMEOUT = Duration.minutes(5)
# Measured (docs/operations.md): of the 1.7 processors that 3,008 MB bring, one thread would leave 0.7 idle.
THREADS = 2
# Longer by more than a lease: whoever gets the message next finds the lease of one that died run out.
VISIBILITY = Duration.minutes(7)
# Three attempts end a task (veil.domain.task_facts.MAX_ATTEMPTS), the fourth look writes it down; what is
# offered more often never reached the anonymizer alive.
TRIES = 6


class ExpressLane(Construct):
    """A queue, and the container function that works on one image at a time."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        image: Mapping[str, Any],
        memory_mb: int,
        log_days: logs.RetentionDays,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        self.work = RetriedQueue(self, "Work", visibility=VISIBILITY, tries=TRIES)
        log_group = new_log_group(self, "Logs", log_days)
        self.anonymizer = lambda_.DockerImageFunction(
            self,
            "Anonymizer",
            role=new_role(self, "Role", log_group),
            code=lambda_.DockerImageCode.from_image_asset(**image),
            architecture=lambda_.Architecture.X86_64,
            memory_size=memory_mb,
            ephemeral_storage_size=Size.gibibytes(2),
            timeout=TIMEOUT,
            environment={**observability(self, "anonymizer"), **environment, "VEIL_THREADS": str(THREADS)},
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
        )

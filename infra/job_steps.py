"""What moves jobs on: their events reach a function in the anonymizer's image, which can measure videos."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Size
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.python_function import new_log_group, new_role, observability
from infra.queues import RetriedQueue

# Joining the blocks of the largest upload, and fetching it to measure it (functions/anonymizer/advance_job.py).
TIMEOUT = Duration.minutes(15)
VISIBILITY = Duration.minutes(16)
MEMORY_MB = 1024


class JobSteps(Construct):
    """A queue of jobs that are due, and the function that looks at one at a time."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        image: Mapping[str, Any],
        log_days: logs.RetentionDays,
        environment: Mapping[str, str],
        disk_gib: int,
    ) -> None:
        super().__init__(scope, id_)
        self.due = RetriedQueue(self, "Due", visibility=VISIBILITY, tries=5)
        log_group = new_log_group(self, "Logs", log_days)
        self.function = lambda_.DockerImageFunction(
            self,
            "AdvanceJob",
            role=new_role(self, "Role", log_group),
            code=lambda_.DockerImageCode.from_image_asset(**image, cmd=["advance_job.lambda_handler"]),
            architecture=lambda_.Architecture.X86_64,
            memory_size=MEMORY_MB,
            ephemeral_storage_size=Size.gibibytes(disk_gib),
            timeout=TIMEOUT,
            environment={**observability(self, "advance_job"), **environment},
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
        )

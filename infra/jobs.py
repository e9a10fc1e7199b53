"""Jobs: the functions that answer for them and take their blocks, and what moves them on."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import rights
from infra.anonymizer_image import image_asset
from infra.foundations import Foundations
from infra.job_steps import JobSteps
from infra.triggers import consume, through_queue

# By contract; veil.domain.upload_blocks has it too, and tests/infra compares the two.
LARGEST_IN_BLOCKS = 2**32 - 1
MAKING_JOBS_DUE = ("job.uploaded", "job.approved", "task.done", "task.failed", "task.deleted")
# Archives and videos are measured on the disk: of the largest there can be only with machines that take them.
DISK_GIB, LARGE_DISK_GIB = 1, 10


class Jobs(Construct):
    """Everything that only jobs need.

    Attributes:
        functions: By the folder that each runs.
        due: Jobs to look at.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        given: Foundations,
        waiting_rooms: Mapping[str, str],
        lanes: Sequence[sqs.IQueue],
        small_upload_bytes: int | None,
    ) -> None:
        """Create them.

        Args:
            scope: The stack.
            id_: Their name in it.
            given: What they stand on.
            waiting_rooms: What an environment says of the lanes.
            lanes: Where tasks wait.
            small_upload_bytes: The most that an upload may have; None where machines take the largest.
        """
        super().__init__(scope, id_)
        self._given = given
        answering = self._answering(small_upload_bytes or LARGEST_IN_BLOCKS)
        steps = self._steps(waiting_rooms, DISK_GIB if small_upload_bytes else LARGE_DISK_GIB)
        rights.send(steps.function, *lanes)
        self.due = steps.due
        self.functions: Mapping[str, lambda_.Function] = {**answering, "advance_job": steps.function}

    def set_api_url(self, api_url: str) -> None:
        """Let the API name its own address in what it answers."""
        self.functions["jobs_api"].add_environment("VEIL_API_URL", api_url)

    def grant_recovery(self, function: lambda_.Function) -> None:
        """Let the function find jobs that wait, and make them due."""
        function.add_environment("VEIL_STEPS_QUEUE", self.due.queue.queue_url)
        rights.find_tasks_of_jobs(function, self._given.table)
        rights.send(function, self.due.queue)

    def _answering(self, upload_limit_bytes: int) -> Mapping[str, lambda_.Function]:
        given = self._given
        secret = {"VEIL_INSTALL_KEY_SECRET": given.secret.secret_arn}
        told = {**given.stores, **secret, "VEIL_UPLOAD_LIMIT_BYTES": str(upload_limit_bytes)}
        api = given.new.api("JobsApi", "jobs_api", {**told, **given.origins, **given.classes})
        blocks = given.new.api("UploadBlocks", "upload_blocks", told)
        rights.answer_for_tasks(api, given.table, given.storage)
        rights.find_tasks_of_jobs(api, given.table)
        rights.spend_credits(api, given.table)
        given.urls.grant_signing(api)
        rights.take_blocks(blocks, given.table, given.storage)
        for function in (api, blocks):
            rights.allow(function, ("secretsmanager:GetSecretValue",), [given.secret.secret_arn])
        return {"jobs_api": api, "upload_blocks": blocks}

    def _steps(self, waiting_rooms: Mapping[str, str], disk_gib: int) -> JobSteps:
        given, config = self._given, self._given.config
        told = {
            **given.classes,
            "VEIL_PRICE_IMAGE": str(config.price_image),
            "VEIL_PRICE_VIDEO_SECOND": str(config.price_video_second),
            "VEIL_PRICE_FURTHER_CLASS": str(config.price_further_class),
            "VEIL_AUTO_APPROVE": str(config.auto_approve).lower(),
        }
        steps = JobSteps(
            self,
            "Steps",
            image=image_asset("express", config),
            log_days=given.log_days,
            environment={**given.stores, **waiting_rooms, **told},
            disk_gib=disk_gib,
        )
        through_queue(given.events.on_jobs("JobDue", MAKING_JOBS_DUE), steps.due.queue, lost=given.lost)
        consume(steps.due.queue, steps.function, batch_size=1, at_once=config.uploads_at_once)
        rights.advance_jobs(steps.function, given.table, given.storage)
        return steps

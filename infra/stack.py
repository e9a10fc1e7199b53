"""Which parts exist, what they are told, and who may touch what. What only jobs or webhooks need is granted there."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import rights
from infra.alarms import Alarms
from infra.anonymizer_image import image_asset
from infra.aws_events import job_failed, upload_landed
from infra.budget import Budget
from infra.config import DeployConfig
from infra.dashboard import Dashboard
from infra.express_lane import ExpressLane
from infra.firewall import Firewall
from infra.foundations import foundations
from infra.gpu_lane import VCPUS, GpuLane
from infra.jobs import Jobs
from infra.outputs import output_addresses
from infra.queues import RetriedQueue
from infra.rest_api import RestApi
from infra.triggers import consume, invoke_directly, through_queue
from infra.webhook_calls import WebhookCalls

UPLOAD_LIMIT_BYTES = 100_000_000
# What one presigned PUT takes (5 GB), and what the disk of a GPU machine holds with its result and the image.
GPU_VIDEO_LIMIT_BYTES = 4 << 30
MEGA = 1_000_000
RECOVERY_EVERY = Duration.minutes(30)
# One job's list of tasks (veil.adapters.aws.batch.MAX_TASKS), and how long to wait until it is full.
TASKS_PER_JOB = 50
BATCH_WINDOW = Duration.seconds(60)


class VeilStack(Stack):
    """Sign in, upload, anonymize, download, be told."""

    def __init__(self, scope: Construct, id_: str, *, config: DeployConfig, stack_name: str) -> None:
        super().__init__(
            scope,
            id_,
            stack_name=stack_name,
            description="Veil: photos in, anonymized photos out",
            termination_protection=config.keep_data,
        )
        self._config = config
        self._given = foundations(self, config)
        self._work = {**self._given.stores, "VEIL_PROFILE": config.profile}
        self._functions: dict[str, lambda_.Function] = {}
        self._queues: dict[str, RetriedQueue] = {}
        self._open_lanes()
        self._answer_requests()
        self._take_uploads()
        self._call_webhooks()
        self._look_after_workers()
        self._forget()
        self._watch()

    def _open_lanes(self) -> None:
        config = self._config
        express = ExpressLane(
            self,
            "ExpressLane",
            image=image_asset("express", config),
            memory_mb=config.express_memory_mb,
            log_days=self._given.log_days,
            environment={**self._work, "VEIL_MAX_ROOM": str(config.express_holds_megapixels * MEGA)},
        )
        consume(express.work.queue, express.anonymizer, batch_size=1, at_once=config.express_concurrency)
        rights.work_on_pictures(express.anonymizer, self._given.table, self._given.storage)
        self._functions["anonymizer"] = express.anonymizer
        self._queues["express"] = express.work
        self._gpu = self._open_gpu_lane() if config.gpu_lane else None
        self._lanes = [self._queues[name].queue for name in ("express", "gpu") if name in self._queues]
        self._waiting_rooms = {
            "VEIL_EXPRESS_QUEUE": self._lanes[0].queue_url,
            "VEIL_BATCH_QUEUE": self._lanes[-1].queue_url,
            "VEIL_UPLOAD_LIMIT_BYTES": str(UPLOAD_LIMIT_BYTES),
            **self._video_limits(),
            "VEIL_EXPRESS_MAX_ROOM": str(min(config.express_max_megapixels, config.express_holds_megapixels) * MEGA),
            "VEIL_EXPRESS_MAX_BYTES": str(config.express_max_mb * MEGA),
        }

    def _video_limits(self) -> dict[str, str]:
        """Return what videos may be: no more than a function's time is enough for, unless there are machines."""
        size, megapixels = UPLOAD_LIMIT_BYTES, self._config.express_max_video_megapixels
        if self._gpu is not None:
            size, megapixels = GPU_VIDEO_LIMIT_BYTES, 0
        return {"VEIL_VIDEO_LIMIT_BYTES": str(size), "VEIL_VIDEO_LIMIT_PIXELS": str(megapixels * MEGA)}

    def _open_gpu_lane(self) -> GpuLane:
        config = self._config
        gpu = GpuLane(
            self,
            "GpuLane",
            image=image_asset("gpu", config),
            instance_types=config.gpu_instance_types,
            max_vcpus=config.gpu_max_vcpus,
            spot=config.gpu_spot,
            log_days=self._given.log_days,
            # Its memory holds every picture that is taken.
            environment={**self._work, "VEIL_MAX_ROOM": "0", "AWS_REGION": self.region},
        )
        rights.work_on_pictures(gpu.job_role, self._given.table, self._given.storage)
        self._queues["gpu"] = gpu.work
        queue, job = gpu.queue.job_queue_arn, gpu.job.job_definition_arn
        starter = self._given.new.on_messages(
            "StartBatchJob",
            "start_batch_job",
            {
                **self._given.stores,
                "VEIL_JOB_QUEUE": queue,
                "VEIL_JOB_DEFINITION": job,
                "VEIL_MOST_WORKERS": str(config.gpu_max_vcpus // VCPUS),
            },
        )
        self._functions["start_batch_job"] = starter
        rights.allow(starter, ("batch:SubmitJob",), [queue, job])
        rights.read_tasks(starter, self._given.table)
        consume(gpu.work.queue, starter, batch_size=TASKS_PER_JOB, at_once=2, window=BATCH_WINDOW)
        return gpu

    def _answer_requests(self) -> None:
        self._prepare_answers()
        self._api = RestApi(
            self,
            "RestApi",
            functions=self._functions,
            users=self._given.identity.users,
            config=self._config,
            log_days=self._given.log_days,
        )
        self._jobs.set_api_url(self._api.base_url)
        if self._config.waf:
            stage, limit = self._api.gateway.deployment_stage.stage_arn, self._config.waf_requests_per_5_minutes
            Firewall(self, "Firewall", stage_arn=stage, requests_per_5_minutes=limit)

    def _prepare_answers(self) -> None:
        given = self._given
        users, app_client = given.identity.users, given.identity.client
        accounts = {"VEIL_USER_POOL": users.user_pool_id, "VEIL_APP_CLIENT": app_client.user_pool_client_id}
        told = {**given.stores, **self._waiting_rooms, **given.origins, **given.classes}
        tasks = given.new.api("TasksApi", "tasks_api", told)
        files = given.new.api("FilesApi", "files_api", told)
        self._functions |= {
            "tasks_api": tasks,
            "files_api": files,
            "sign_in": given.new.api("SignIn", "sign_in", {**accounts, **given.origins}),
        }
        for function in (tasks, files):
            rights.answer_for_tasks(function, given.table, given.storage)
            given.urls.grant_signing(function)
            rights.send(function, *self._lanes)
        rights.join_parts(tasks, given.storage)
        rights.count_tasks(files, given.table)
        rights.write_media(files, given.storage, rights.ORIGINAL)
        rights.allow(self._functions["sign_in"], ("cognito-idp:AdminInitiateAuth",), [users.user_pool_arn])
        self._jobs = Jobs(
            self,
            "Jobs",
            given=given,
            waiting_rooms=self._waiting_rooms,
            lanes=self._lanes,
            small_upload_bytes=UPLOAD_LIMIT_BYTES if self._gpu is None else None,
        )
        self._functions |= self._jobs.functions
        self._queues["jobs"] = self._jobs.due

    def _take_uploads(self) -> None:
        landed = upload_landed(self, "Landed", self._given.storage.bucket)
        uploads = RetriedQueue(self, "Uploads", visibility=Duration.minutes(6), tries=5)
        on_upload = self._given.new.on_messages("OnUpload", "on_upload", {**self._given.stores, **self._waiting_rooms})
        self._queues["uploads"] = uploads
        self._functions["on_upload"] = on_upload
        through_queue(landed, uploads.queue, lost=self._given.lost)
        consume(uploads.queue, on_upload, batch_size=5, at_once=self._config.uploads_at_once)
        self._queue_tasks(on_upload)

    def _queue_tasks(self, function: lambda_.Function) -> None:
        """Let the function judge uploads and queue their tasks."""
        rights.judge_uploads(function, self._given.table, self._given.storage)
        rights.send(function, *self._lanes)

    def _look_after_workers(self) -> None:
        if self._gpu is not None:
            self._hear_of_dead_jobs(self._gpu)
        recover = self._given.new.on_event(
            "RecoverTasks", "recover_tasks", {**self._given.stores, **self._waiting_rooms}, timeout=Duration.minutes(10)
        )
        self._functions["recover_tasks"] = recover
        self._queue_tasks(recover)
        rights.find_waiting(recover, self._given.table)
        due = events.Rule(self, "RecoveryDue", schedule=events.Schedule.rate(RECOVERY_EVERY))
        invoke_directly(due, recover, lost=self._given.lost)
        self._jobs.grant_recovery(recover)
        self._calls.grant_recovery(recover)

    def _hear_of_dead_jobs(self, gpu: GpuLane) -> None:
        on_exit = self._given.new.on_event(
            "OnWorkerExit", "on_worker_exit", {**self._given.stores, **self._waiting_rooms}
        )
        self._functions["on_worker_exit"] = on_exit
        rights.change_tasks(on_exit, self._given.table)
        rights.send(on_exit, gpu.work.queue)
        invoke_directly(job_failed(self, "JobDied", gpu.queue), on_exit, lost=self._given.lost)

    def _call_webhooks(self) -> None:
        self._calls = WebhookCalls(self, "WebhookCalls", given=self._given, api_url=self._api.base_url)
        self._functions["deliver_webhook"] = self._calls.function
        self._queues["webhooks"] = self._calls

    def _forget(self) -> None:
        on_deletion = self._given.new.on_event(
            "OnDeletion", "on_deletion", {"VEIL_BUCKET": self._given.storage.bucket.bucket_name}
        )
        self._functions["on_deletion"] = on_deletion
        rights.delete_media(on_deletion, self._given.storage)
        invoke_directly(self._given.events.on_kinds("Deleted", ["task.deleted"]), on_deletion, lost=self._given.lost)
        invoke_directly(self._given.events.on_expiry("RetentionOver"), on_deletion, lost=self._given.lost)

    def _watch(self) -> None:
        alarms = Alarms(self, "Alarms", email=self._config.alarm_email)
        dead = {name: each.dead_letters.queue for name, each in self._queues.items()}
        alarms.on_dead_letters({**dead, "lost events": self._given.lost})
        for name, minutes in (("uploads", 5), ("jobs", 20), ("express", 10), ("gpu", 60)):
            if name in self._queues:
                alarms.on_waiting(name, self._queues[name].queue, minutes=minutes)
        alarms.on_api(self._api.gateway)
        alarms.on_counts(self._functions)
        if self._config.alarm_email and self._config.budget_usd:
            usd, email = self._config.budget_usd, self._config.alarm_email
            Budget(self, "Budget", name=self._config.name, usd=usd, email=email)
        queues = {name: each.queue for name, each in self._queues.items()}
        Dashboard(self, "Dashboard", gateway=self._api.gateway, queues=queues, functions=self._functions)
        output_addresses(
            self,
            api=self._api,
            identity=self._given.identity,
            storage=self._given.storage,
            table_name=self._given.table.table_name,
            events=self._given.events,
            alarms=alarms,
            queues=self._queues,
            config=self._config,
        )

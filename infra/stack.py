"""Which parts exist, what they are told, and who may touch what. The only place that composes and grants."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
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
from infra.functions import Functions
from infra.gpu_lane import VCPUS, GpuLane
from infra.identity import Identity
from infra.install_key import InstallKey
from infra.job_steps import JobSteps
from infra.log_days import retention
from infra.outputs import tell_addresses
from infra.queues import DeadLetters, RetriedQueue
from infra.rest_api import RestApi
from infra.storage import Storage
from infra.task_events import TaskEvents
from infra.task_table import TaskTable
from infra.triggers import straight, through_queue, work_off
from infra.url_signing import UrlSigning

UPLOAD_LIMIT_BYTES = 100_000_000
# What one presigned PUT takes (5 GB), and what the disk of a GPU machine holds with its result and the image.
GPU_VIDEO_LIMIT_BYTES = 4 << 30
# By contract; veil.domain.upload_blocks has it too, and tests/infra compares the two.
LARGEST_IN_BLOCKS = 2**32 - 1
MEGA = 1_000_000
LARGEST_PIXELS = 200 * MEGA
RECOVERY_EVERY = Duration.minutes(30)
# One job's list of tasks (veil.adapters.aws.batch.MAX_TASKS), and how long to wait until it is full.
TASKS_PER_JOB = 50
BATCH_WINDOW = Duration.seconds(60)
# What is told to webhooks, and to callbacks of jobs; and what makes a job due.
ENDS = ("task.done", "task.failed", "job.awaiting_approval", "job.done")
MAKING_JOBS_DUE = ("job.uploaded", "job.approved", "task.done", "task.failed", "task.deleted")


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
        self._log_days = retention(config.log_days)
        self._functions: dict[str, lambda_.Function] = {}
        self._queues: dict[str, RetriedQueue] = {}
        self._keep_things()
        self._prepare_functions()
        self._open_lanes()
        self._answer_requests()
        self._take_uploads()
        self._look_after_workers()
        self._move_jobs_on()
        self._call_webhooks()
        self._forget()
        self._watch()

    def _keep_things(self) -> None:
        config = self._config
        self._storage = Storage(
            self,
            "Storage",
            keep_data=config.keep_data,
            retention_days=config.retention_days,
            cors_origins=config.cors_origins,
        )
        self._urls = UrlSigning(self, "UrlSigning", storage=self._storage)
        kept = {"keep_data": config.keep_data, "deletion_protection": config.deletion_protection}
        self._table = TaskTable(self, "TaskTable", **kept).table
        self._identity = Identity(self, "Identity", self_sign_up=config.self_sign_up, **kept)
        self._secret = InstallKey(self, "InstallKey", keep_data=config.keep_data)
        self._lost = DeadLetters(self, "LostEvents").queue
        self._events = TaskEvents(self, "TaskEvents", table=self._table, lost=self._lost)

    def _prepare_functions(self) -> None:
        self._new = Functions(self, "Functions", config=self._config, log_days=self._log_days, lost=self._lost)
        self._stores = {
            "VEIL_TABLE": self._table.table_name,
            "VEIL_BUCKET": self._storage.bucket.bucket_name,
            "VEIL_RETENTION_DAYS": str(self._config.retention_days),
        }
        self._work = {**self._stores, "VEIL_PROFILE": self._config.profile}

    def _open_lanes(self) -> None:
        config = self._config
        express = ExpressLane(
            self,
            "ExpressLane",
            image=image_asset("express", config),
            memory_mb=config.express_memory_mb,
            log_days=self._log_days,
            environment={**self._work, "VEIL_MAX_PIXELS": str(config.express_holds_megapixels * MEGA)},
        )
        work_off(express.work.queue, express.anonymizer, batch_size=1, at_once=config.express_concurrency)
        rights.work_on_pictures(express.anonymizer, self._table, self._storage)
        self._functions["anonymizer"] = express.anonymizer
        self._queues["express"] = express.work
        self._gpu = self._open_gpu_lane() if config.gpu_lane else None
        self._lanes = [self._queues[name].queue for name in ("express", "gpu") if name in self._queues]
        self._waiting_rooms = {
            "VEIL_EXPRESS_QUEUE": self._lanes[0].queue_url,
            "VEIL_BATCH_QUEUE": self._lanes[-1].queue_url,
            "VEIL_UPLOAD_LIMIT_BYTES": str(UPLOAD_LIMIT_BYTES),
            **self._video_limits(),
            "VEIL_EXPRESS_MAX_PIXELS": str(min(config.express_max_megapixels, config.express_holds_megapixels) * MEGA),
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
            log_days=self._log_days,
            environment={**self._work, "VEIL_MAX_PIXELS": str(LARGEST_PIXELS), "AWS_REGION": self.region},
        )
        rights.work_on_pictures(gpu.job_role, self._table, self._storage)
        self._queues["gpu"] = gpu.work
        queue, job = gpu.queue.job_queue_arn, gpu.job.job_definition_arn
        starter = self._new.on_messages(
            "StartBatchJob",
            "start_batch_job",
            {
                **self._stores,
                "VEIL_JOB_QUEUE": queue,
                "VEIL_JOB_DEFINITION": job,
                "VEIL_MOST_WORKERS": str(config.gpu_max_vcpus // VCPUS),
            },
        )
        self._functions["start_batch_job"] = starter
        rights.allow(starter, ("batch:SubmitJob",), [queue, job])
        rights.read_tasks(starter, self._table)
        work_off(gpu.work.queue, starter, batch_size=TASKS_PER_JOB, at_once=2, window=BATCH_WINDOW)
        return gpu

    def _answer_requests(self) -> None:
        self._prepare_answers()
        self._api = RestApi(
            self,
            "RestApi",
            functions=self._functions,
            users=self._identity.users,
            config=self._config,
            log_days=self._log_days,
        )
        self._jobs_api.add_environment("VEIL_API_URL", self._api.base_url)
        if self._config.waf:
            stage, limit = self._api.gateway.deployment_stage.stage_arn, self._config.waf_requests_per_5_minutes
            Firewall(self, "Firewall", stage_arn=stage, requests_per_5_minutes=limit)

    def _prepare_answers(self) -> None:
        origins = {"VEIL_CORS_ORIGINS": ",".join(self._config.cors_origins)}
        offered = {**origins, "VEIL_CLASSES": ",".join(self._config.classes)}
        users, app_client = self._identity.users, self._identity.client
        accounts = {"VEIL_USER_POOL": users.user_pool_id, "VEIL_APP_CLIENT": app_client.user_pool_client_id}
        tasks = self._new.api("TasksApi", "tasks_api", {**self._stores, **offered})
        files = self._new.api("FilesApi", "files_api", {**self._stores, **self._waiting_rooms, **offered})
        self._functions |= {
            "tasks_api": tasks,
            "files_api": files,
            "sign_in": self._new.api("SignIn", "sign_in", {**accounts, **origins}),
        }
        for function in (tasks, files):
            rights.answer_for_tasks(function, self._table, self._storage)
            self._urls.let_sign(function)
        rights.count_tasks(files, self._table)
        rights.write_media(files, self._storage, rights.ORIGINAL)
        rights.send(files, *self._lanes)
        rights.allow(self._functions["sign_in"], ("cognito-idp:AdminInitiateAuth",), [users.user_pool_arn])
        self._answer_for_jobs(offered)

    def _answer_for_jobs(self, offered: Mapping[str, str]) -> None:
        secret = {"VEIL_INSTALL_KEY_SECRET": self._secret.secret_arn}
        limit = UPLOAD_LIMIT_BYTES if self._gpu is None else LARGEST_IN_BLOCKS
        told = {**self._stores, **secret, "VEIL_UPLOAD_LIMIT_BYTES": str(limit)}
        self._jobs_api = self._new.api("JobsApi", "jobs_api", {**told, **offered})
        blocks = self._new.api("UploadBlocks", "upload_blocks", told)
        self._functions |= {"jobs_api": self._jobs_api, "upload_blocks": blocks}
        rights.answer_for_tasks(self._jobs_api, self._table, self._storage)
        rights.find_tasks_of_jobs(self._jobs_api, self._table)
        rights.spend_credits(self._jobs_api, self._table)
        self._urls.let_sign(self._jobs_api)
        rights.take_blocks(blocks, self._table, self._storage)
        for function in (self._jobs_api, blocks):
            rights.allow(function, ("secretsmanager:GetSecretValue",), [self._secret.secret_arn])

    def _take_uploads(self) -> None:
        landed = upload_landed(self, "Landed", self._storage.bucket)
        uploads = RetriedQueue(self, "Uploads", visibility=Duration.minutes(6), tries=5)
        on_upload = self._new.on_messages("OnUpload", "on_upload", {**self._stores, **self._waiting_rooms})
        self._queues["uploads"] = uploads
        self._functions["on_upload"] = on_upload
        through_queue(landed, uploads.queue, lost=self._lost)
        work_off(uploads.queue, on_upload, batch_size=5, at_once=self._config.uploads_at_once)
        self._queue_tasks(on_upload)

    def _queue_tasks(self, function: lambda_.Function) -> None:
        """Let the function judge uploads and queue their tasks."""
        rights.judge_uploads(function, self._table, self._storage)
        rights.send(function, *self._lanes)

    def _look_after_workers(self) -> None:
        if self._gpu is not None:
            self._hear_of_dead_jobs(self._gpu)
        recover = self._new.on_event(
            "RecoverTasks", "recover_tasks", {**self._stores, **self._waiting_rooms}, timeout=Duration.minutes(10)
        )
        self._functions["recover_tasks"] = recover
        self._queue_tasks(recover)
        rights.find_waiting(recover, self._table)
        due = events.Rule(self, "RecoveryDue", schedule=events.Schedule.rate(RECOVERY_EVERY))
        straight(due, recover, lost=self._lost)

    def _hear_of_dead_jobs(self, gpu: GpuLane) -> None:
        on_exit = self._new.on_event("OnWorkerExit", "on_worker_exit", {**self._stores, **self._waiting_rooms})
        self._functions["on_worker_exit"] = on_exit
        rights.change_tasks(on_exit, self._table)
        rights.send(on_exit, gpu.work.queue)
        straight(job_failed(self, "JobDied", gpu.queue), on_exit, lost=self._lost)

    def _move_jobs_on(self) -> None:
        config = self._config
        told = {
            "VEIL_CLASSES": ",".join(config.classes),
            "VEIL_PRICE_IMAGE": str(config.price_image),
            "VEIL_PRICE_VIDEO_SECOND": str(config.price_video_second),
            "VEIL_PRICE_FURTHER_CLASS": str(config.price_further_class),
            "VEIL_AUTO_APPROVE": str(config.auto_approve).lower(),
        }
        steps = JobSteps(
            self,
            "JobSteps",
            image=image_asset("express", config),
            log_days=self._log_days,
            environment={**self._stores, **self._waiting_rooms, **told},
            disk_gib=1 if self._gpu is None else 10,
        )
        self._functions["advance_job"] = steps.function
        self._queues["jobs"] = steps.due
        through_queue(self._events.on_jobs("JobDue", MAKING_JOBS_DUE), steps.due.queue, lost=self._lost)
        work_off(steps.due.queue, steps.function, batch_size=1, at_once=config.uploads_at_once)
        rights.advance_jobs(steps.function, self._table, self._storage)
        rights.send(steps.function, *self._lanes)
        recover = self._functions["recover_tasks"]
        recover.add_environment("VEIL_STEPS_QUEUE", steps.due.queue.queue_url)
        rights.find_tasks_of_jobs(recover, self._table)
        rights.send(recover, steps.due.queue)

    def _call_webhooks(self) -> None:
        # A call takes up to 20 s, and each message waits for those before it in its batch.
        calls = RetriedQueue(self, "WebhookCalls", visibility=Duration.minutes(6), tries=10)
        deliver = self._new.on_messages(
            "DeliverWebhook",
            "deliver_webhook",
            {
                **self._stores,
                "VEIL_WAKE_UP_QUEUE": calls.queue.queue_url,
                "VEIL_INSTALL_KEY_SECRET": self._secret.secret_arn,
                "VEIL_API_URL": self._api.base_url,
            },
            # Each call wakes the next one, until its policy ends them after a day (veil.webhooks.policy).
            feeds_itself=True,
        )
        self._queues["webhooks"] = calls
        self._functions["deliver_webhook"] = deliver
        through_queue(self._events.on_kinds("Over", ENDS), calls.queue, lost=self._lost)
        work_off(calls.queue, deliver, batch_size=1, at_once=self._config.webhooks_at_once)
        rights.change_tasks(deliver, self._table)
        self._urls.let_sign(deliver)
        rights.send(deliver, calls.queue)
        rights.find_tasks_of_jobs(deliver, self._table)
        rights.allow(deliver, ("secretsmanager:GetSecretValue",), [self._secret.secret_arn])
        self._wake_up_calls(calls.queue)

    def _wake_up_calls(self, calls: sqs.IQueue) -> None:
        """Let the recovery look for calls that nobody was woken up for."""
        recover = self._functions["recover_tasks"]
        recover.add_environment("VEIL_WAKE_UP_QUEUE", calls.queue_url)
        rights.send(recover, calls)

    def _forget(self) -> None:
        on_deletion = self._new.on_event("OnDeletion", "on_deletion", {"VEIL_BUCKET": self._storage.bucket.bucket_name})
        self._functions["on_deletion"] = on_deletion
        rights.delete_media(on_deletion, self._storage)
        straight(self._events.on_kinds("Deleted", ["task.deleted"]), on_deletion, lost=self._lost)
        straight(self._events.on_expiry("RetentionOver"), on_deletion, lost=self._lost)

    def _watch(self) -> None:
        alarms = Alarms(self, "Alarms", email=self._config.alarm_email)
        dead = {name: each.dead_letters.queue for name, each in self._queues.items()}
        alarms.on_dead_letters({**dead, "lost events": self._lost})
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
        tell_addresses(
            self,
            api=self._api,
            identity=self._identity,
            storage=self._storage,
            table_name=self._table.table_name,
            events=self._events,
            alarms=alarms,
            queues=self._queues,
            config=self._config,
        )

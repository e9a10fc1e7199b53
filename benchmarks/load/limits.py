"""Everything that can bend: settings of the stack and quotas of the account, each with what one task asks of it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from benchmarks.load.settings import Settings
from infra import costs
from infra.costs import Work

TASKS_PER_JOB = 50
BATCH_WINDOW_SECONDS = 60
SHELVES = 8
START_JOB_SECONDS = 0.3
# A client signs in once an hour, and hardly for a single image.
IMAGES_PER_SIGN_IN = 50
# An owner's own items: written when a task is created, queued, claimed, done and told of, twice for a transaction.
OWNER_UNITS = 10
# Entries of the index: put and taken away, for the task and for the webhook.
SHELF_UNITS = 4
# Rules that take an event (the bucket's, the archive's, the webhooks', the deletion's).
INVOCATIONS = 8


class Kind(StrEnum):
    """Who can move a limit."""

    SETTING = "setting"
    CODE = "infra/stack.py"
    QUOTA = "quota, can be raised"
    FIXED = "fixed"


class Limit(NamedTuple):
    """One thing that can bend.

    Attributes:
        holds: How much of it there is: units a second, or things at once.
        task: How much of it one task takes: units, or seconds.
        advice: What to do when it bends.
        source: Where a quota was read, in a stored copy, on 2026-11-21.
        waits: Whether tasks wait for it. Beyond other limits they are refused and have to be sent again.
    """

    name: str
    holds: float
    task: float
    kind: Kind
    advice: str
    source: str = ""
    waits: bool = False

    @property
    def tasks_per_minute(self) -> float:
        """The rate at which it bends."""
        return self.holds / self.task * 60

    def used(self, per_second: float) -> float:
        """Return the share that is in use at a rate of tasks."""
        return per_second * self.task / self.holds


def limits(settings: Settings, work: Work, *, lambda_quota: float = 1000) -> Sequence[Limit]:
    """Return everything that can bend, the first first."""
    lane = _express_lane(settings, work) if settings.express else _gpu_lane(settings, work)
    found = [
        *_doors(settings),
        *_functions(settings, work, lambda_quota),
        *_stores(),
        *_messages(settings, work),
        *lane,
    ]
    return sorted(found, key=lambda each: each.tasks_per_minute)


def _doors(settings: Settings) -> Sequence[Limit]:
    firewall = settings.waf_requests_per_5_minutes / 300
    return (
        Limit(
            "Firewall: requests of one address", firewall, costs.API_REQUESTS, Kind.SETTING,
            "`waf_requests_per_5_minutes`, or send from several addresses",
        ),
        Limit(
            "API: requests a second", settings.requests_per_second, costs.API_REQUESTS, Kind.SETTING,
            "`requests_per_second` and `request_burst`; ask for webhooks instead of polling",
        ),
        Limit(
            "API Gateway, account", 10_000, costs.API_REQUESTS, Kind.QUOTA, "ask for more",
            "docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
        ),
        Limit(
            "Cognito: sign-ins a second", 120, 1 / IMAGES_PER_SIGN_IN, Kind.QUOTA,
            "keep the token for its hour; more can be bought", "public notes of 2026-10, quoted",
        ),
    )  # fmt: skip


def _functions(settings: Settings, work: Work, quota: float) -> Sequence[Limit]:
    seconds = costs.API_REQUESTS * work.request_seconds + work.upload_seconds + work.webhook_seconds
    return (
        Limit(
            "Uploads judged at once", settings.uploads_at_once, work.upload_seconds, Kind.SETTING,
            "`uploads_at_once`", waits=True,
        ),
        Limit(
            "Webhooks called at once", settings.webhooks_at_once, work.webhook_seconds, Kind.SETTING,
            "`webhooks_at_once`", waits=True,
        ),
        Limit(
            "Lambda: executions at once, account", quota,
            seconds + (work.express_seconds if settings.express else START_JOB_SECONDS / TASKS_PER_JOB), Kind.QUOTA,
            "ask for more; new accounts may have 10",
            "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        ),
    )  # fmt: skip


def _stores() -> Sequence[Limit]:
    throttling = "repost.aws/knowledge-center/on-demand-table-throttling-dynamodb"
    prefix = "docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html, quoted"
    return (
        Limit(
            "Table: units written of one owner", 1000, OWNER_UNITS, Kind.FIXED, "spread the load over owners",
            throttling,
        ),
        Limit(
            "Table: units written, new table", 4000, costs.WRITE_UNITS, Kind.QUOTA,
            "doubles by itself in 30 minutes; set warm throughput before a known peak", throttling,
        ),
        Limit(
            "Table: units written, account", 40_000, costs.WRITE_UNITS, Kind.QUOTA, "ask for more",
            "docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html",
        ),
        Limit(
            f"Index: units written, {SHELVES} shelves", 1000 * SHELVES, SHELF_UNITS, Kind.FIXED,
            "more shelves, which is a change of the code", throttling,
        ),
        Limit("Bucket: writes below one prefix", 3500, costs.BUCKET_WRITES, Kind.FIXED, "splits by itself", prefix),
        Limit("Bucket: reads below one prefix", 5500, costs.BUCKET_READS, Kind.FIXED, "splits by itself", prefix),
        Limit(
            "KMS: requests a second, as if nothing were cached", 100_000, costs.BUCKET_WRITES + costs.BUCKET_READS,
            Kind.QUOTA, "ask for more (eu-central-1 has 20,000)",
            "docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html",
        ),
    )  # fmt: skip


def _messages(settings: Settings, work: Work) -> Sequence[Limit]:
    # Whatever Lambda collects for a job is in flight meanwhile.
    held = work.express_seconds if settings.express else BATCH_WINDOW_SECONDS
    return (
        Limit(
            "EventBridge: PutEvents a second", 10_000, costs.TASK_EVENTS, Kind.QUOTA, "ask for more",
            "repost.aws/questions/QU5JzyVY7uRa-HWDgpmMtd-w",
        ),
        Limit(
            "EventBridge: invocations a second", 18_750, INVOCATIONS, Kind.QUOTA,
            "ask for more (eu-central-1 has 4,500); what is above waits",
            "docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
        ),
        Limit(
            "SQS: messages in flight", 120_000, work.upload_seconds + work.webhook_seconds + held, Kind.QUOTA,
            "ask for more",
            "docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
        ),
    )  # fmt: skip


def _express_lane(settings: Settings, work: Work) -> Sequence[Limit]:
    return (
        Limit(
            "Express lane: images at once", settings.express_concurrency, work.express_seconds, Kind.SETTING,
            "`express_concurrency`; for bulk `express_max_megapixels=0`", waits=True,
        ),
    )  # fmt: skip


def _gpu_lane(settings: Settings, work: Work) -> Sequence[Limit]:
    return (
        Limit(
            "GPU lane: machines", settings.machines, work.gpu_seconds, Kind.SETTING,
            "`gpu_max_vcpus`, and the account's quota of G instances, which is 0 at first",
            "docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html", waits=True,
        ),
        Limit(
            "Batch: jobs submitted a second", 50, 1 / TASKS_PER_JOB, Kind.FIXED, "more tasks a job",
            "docs.aws.amazon.com/batch/latest/userguide/service_limits.html",
        ),
        Limit(
            "Jobs started at once", 2, START_JOB_SECONDS / TASKS_PER_JOB, Kind.CODE, "`at_once` of start_batch_job",
            waits=True,
        ),
    )  # fmt: skip

"""What costs most where something or somebody never stops, a day, and what ends it (table of docs/operations.md).

At the default settings and without the free tiers, as in `costs.py`. Each row is a bound, no forecast: it takes a whole
day in which the setting that bounds it is used up in every second.
"""

import math
import sys
from collections.abc import Sequence
from typing import NamedTuple

from infra import costs, prices
from infra.config import DeployConfig

DAY_SECONDS = 86_400
DAY_HOURS = 24
MONTH_DAYS = costs.MONTH_HOURS / DAY_HOURS
# The zipped functions that queues feed (infra/python_function.py).
QUEUE_FUNCTION_GB = 0.5
GPU_MACHINE_VCPUS = 4
# What one reader on a fast line takes.
READER_GBIT = 1.0
REFUSED_PER_SECOND = 1000


class Runaway(NamedTuple):
    """One thing that may run all day.

    Attributes:
        usd: At most a day; what it is measured by stands in `bound`.
        bound: What keeps it from costing more.
        told_by: What rings, or tells later.
        stop: What an operator does at once.
    """

    what: str
    usd: float
    bound: str
    told_by: str
    stop: str


def runaways(config: DeployConfig) -> Sequence[Runaway]:
    """Return every runaway of a deployment with these settings, those of the settings first."""
    return (*_of_lanes(config), *_of_requests(config), *_of_bytes(config))


def _of_lanes(config: DeployConfig) -> Sequence[Runaway]:
    work = costs.Work()
    photos = config.express_concurrency * DAY_SECONDS / work.express_seconds
    gb = config.express_memory_mb / 1024
    lane = config.express_concurrency * DAY_SECONDS * gb * prices.LAMBDA_X86_GB_SECOND.each
    machines = config.gpu_max_vcpus // GPU_MACHINE_VCPUS
    return (
        Runaway(
            f"Express lane: {photos:,.0f} photos",
            lane + photos * prices.LAMBDA_REQUEST.each,
            "`express_concurrency`",
            "`expressWaiting`",
            "stop the sender; less `express_concurrency`",
        ),
        Runaway(
            "Everything else that these photos ask for",
            photos / 1000 * _besides_pixels(work),
            "the line above",
            "as above",
            "as above",
        ),
        Runaway(
            f"GPU lane, where there is one: {machines} machines, on demand",
            machines * DAY_HOURS * costs.gpu_hour(spot=False),
            "`gpu_max_vcpus`",
            "`gpuWaiting`, `WorkerDied`",
            "disable the compute environment",
        ),
        Runaway(
            "Webhooks: each call takes all of its time",
            _queue_function_day(config.webhooks_at_once),
            "`webhooks_at_once`, a day of retries",
            "`WebhookDead`",
            "less `webhooks_at_once`; disable the user",
        ),
        Runaway(
            "Uploads: each is judged all of the time",
            _queue_function_day(config.uploads_at_once),
            "`uploads_at_once`",
            "`uploadsWaiting`",
            "disable the user",
        ),
    )


def _of_requests(config: DeployConfig) -> Sequence[Runaway]:
    requests = config.requests_per_second * DAY_SECONDS
    return (
        Runaway(
            f"API: {requests / prices.MILLION:.1f} million requests",
            requests * (costs.request(costs.Work()) + prices.WAF_REQUEST.each),
            "`requests_per_second`",
            "the budget; the access log names who",
            "disable the user; less `requests_per_second`",
        ),
        Runaway(
            f"Firewall: {REFUSED_PER_SECOND:,} refused requests a second",
            REFUSED_PER_SECOND * DAY_SECONDS * prices.WAF_REQUEST.each,
            "nothing",
            "the budget",
            "AWS Support; nothing here does",
        ),
    )


def _of_bytes(config: DeployConfig) -> Sequence[Runaway]:
    work = costs.Work()
    photos = config.express_concurrency * DAY_SECONDS / work.express_seconds
    read_gb = READER_GBIT / 8 * DAY_SECONDS
    return (
        Runaway(
            "Storage of what a full express lane made, for each day that it is kept",
            photos * work.stored_mb / 1000 * prices.S3_GB_MONTH.each / MONTH_DAYS,
            "`retention_days`, the lane",
            "the budget",
            "delete the tasks; less `retention_days`",
        ),
        Runaway(
            f"Downloads: one reader at {READER_GBIT:g} Gbit/s all day",
            read_gb * prices.TRANSFER_OUT_GB.each,
            "the URL's 4 hours; not how often it is read",
            "the budget",
            "delete the task; disable the user",
        ),
    )


def table(config: DeployConfig) -> str:
    """Return all runaways as a Markdown table."""
    rows = "\n".join(
        f"| {each.what} | {_rounded_up(each.usd):,} | {each.bound} | {each.told_by} | {each.stop} |"
        for each in runaways(config)
    )
    head = "| What never stops | USD a day at most | bounded by | told by | stopped by |"
    return f"{head}\n| --- | --: | --- | --- | --- |\n{rows}"


def _rounded_up(usd: float) -> int:
    """Return the next multiple of 5: nothing here is known better."""
    return math.ceil(usd / 5) * 5


def _queue_function_day(at_once: int) -> float:
    return at_once * DAY_SECONDS * QUEUE_FUNCTION_GB * prices.LAMBDA_ARM_GB_SECOND.each


def _besides_pixels(work: costs.Work) -> float:
    """Return what a thousand images cost besides the work on pixels, a month of storage and the API's requests."""
    lines = costs.thousand_images(work, gpu=False)
    return sum(line.usd for line in lines if not line.what.startswith(("Work", "Bucket: a month", "API", "Firewall")))


if __name__ == "__main__":
    sys.stdout.write(f"{table(DeployConfig())}\n")

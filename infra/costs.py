"""What a deployment costs: `python -m infra.costs` prints the tables of docs/operations.md.

USD in us-east-1, without any free tier. `prices.py` says where each price was read.
"""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from infra import prices

MONTH_HOURS = 730
MONTH_SECONDS = MONTH_HOURS * 3600
# Lambda keeps five long polls of 20 s open at every queue, also at an empty one: it goes down to two only where no
# maximum concurrency is set (docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
POLLS_PER_QUEUE_MONTH = 5 * MONTH_SECONDS / 20
QUEUES_POLLED = 4
GPU_QUEUES_POLLED = 1
ALARM_METRICS = 13
GPU_ALARM_METRICS = 3
IMAGE_GB = 0.9
GPU_IMAGE_GB = 3.6
WAF_RULES = 4
RECOVERIES_MONTH = 2 * MONTH_HOURS
# The functions' own, of which six come only when something went wrong.
OWN_METRICS = 15
SPOT_SHARE = 0.40
MACHINE_GB = 60

# Counted in the code: requests, events and units of one image from its creation to its deletion.
API_REQUESTS = 5
TASK_EVENTS = 5
OBJECT_EVENTS = 12
QUEUE_REQUESTS = 9
WRITE_UNITS = 32
READ_UNITS = 10
BUCKET_WRITES = 7
BUCKET_READS = 7
TRACES = 8

# Of the sample client of Syntonym's API; each block is put, and those before it are listed to see that it fits.
BLOCKS_GIB = 256
PARTS_GIB = 128

# Measured with the express lane's two threads on 1.7 processors of a Zen 4 (`python -m benchmarks.express`):
# 12 megapixels, 12 faces, all four classes by the models of the image, masks.
EXPRESS_SECONDS = 1.9
# Measured with two threads on a busy machine: 72 frames of 1280 x 720 with 18 faces, faces and plates, `balanced`,
# start included.
VIDEO_FRAME_CPU_SECONDS = 0.36
EXPRESS_PROCESSORS = 1.7
VIDEO_FRAMES_SECOND = 24


class Line(NamedTuple):
    """One position of a bill."""

    what: str
    usd: float


class Work(NamedTuple):
    """What an image or an hour of video takes.

    Assumed until it is measured on AWS: processors there are slower by half, files travel for half a second, and
    everything about GPUs.
    """

    express_seconds: float = round(EXPRESS_SECONDS * 1.5 + 0.5, 1)
    express_video_frame_seconds: float = round(VIDEO_FRAME_CPU_SECONDS / EXPRESS_PROCESSORS * 1.5, 2)
    express_gb: float = 3008 / 1024
    request_seconds: float = 0.05
    upload_seconds: float = 0.25
    block_seconds: float = 0.25
    join_seconds_gib: float = 40.0
    webhook_seconds: float = 0.5
    gpu_seconds: float = 0.5
    gpu_hours_video_hour: float = 1.0
    stored_mb: float = 10.0
    result_mb: float = 5.0
    video_hour_gb: float = 10.0
    log_kb: float = 10.0


def idle_month() -> Sequence[Line]:
    """Return the positions of a month without traffic, without the firewall."""
    return (
        Line("KMS key of the bucket", prices.KMS_KEY_MONTH.each),
        Line("Secret (webhook key)", prices.SECRET_MONTH.each),
        Line(f"Lambda's polling of {QUEUES_POLLED} empty queues", QUEUES_POLLED * _polling_month()),
        Line("Image in ECR", IMAGE_GB * prices.ECR_GB_MONTH.each),
        Line(f"{ALARM_METRICS} alarms", ALARM_METRICS * prices.ALARM_METRIC_MONTH.each),
        Line("Recovery, twice an hour, traced", RECOVERIES_MONTH * (_call(1.0, 0.5) + prices.TRACE.each)),
    )


def gpu_lane_month() -> Sequence[Line]:
    """Return what the GPU lane adds to a month without traffic."""
    return (
        Line(f"Lambda's polling of {GPU_QUEUES_POLLED} empty queue more", GPU_QUEUES_POLLED * _polling_month()),
        Line("Second image in ECR", GPU_IMAGE_GB * prices.ECR_GB_MONTH.each),
        Line(f"{GPU_ALARM_METRICS} alarms", GPU_ALARM_METRICS * prices.ALARM_METRIC_MONTH.each),
    )


def later_month() -> Sequence[Line]:
    """Return what a deployment's age adds: the key is rotated each year, and two old versions are billed."""
    return (Line("Two older versions of the key", 2 * prices.KMS_KEY_MONTH.each),)


def stream_month() -> Sequence[Line]:
    """Return what one shard of the table's stream costs, if AWS bills what the pipe reads of it.

    Lambda's own reads are free, everybody else's are not; on which side pipes are no page said. The pipe is taken
    to ask four times a second, as Lambda does. A new table may have several shards.
    """
    return (Line("One shard, read by the pipe", 4 * MONTH_SECONDS * prices.STREAM_READ.each),)


def dashboard_month() -> Sequence[Line]:
    """Return what the dashboard costs an account that has three others."""
    return (Line("Dashboard", prices.DASHBOARD_MONTH.each),)


def firewall_month() -> Sequence[Line]:
    """Return what the firewall adds to a month without traffic."""
    return (
        Line("Web ACL", prices.WAF_ACL_MONTH.each),
        Line(f"{WAF_RULES} rules and rule groups", WAF_RULES * prices.WAF_RULE_MONTH.each),
    )


def busy_month() -> Sequence[Line]:
    """Return what metrics add to a month in which everything that is counted happens in every hour."""
    return (Line(f"{OWN_METRICS} metrics of the functions", OWN_METRICS * prices.METRIC_MONTH.each),)


def thousand_images(work: Work, *, gpu: bool, machine_seconds: float | None = None) -> Sequence[Line]:
    """Return the positions of a thousand images on one lane, each kept for a month.

    Args:
        work: What an image takes.
        gpu: Whether the GPU lane works on them.
        machine_seconds: What a machine is paid for per image, its start and its idle time included; by default
            no more than the work itself.
    """
    on_gpu = (work.gpu_seconds if machine_seconds is None else machine_seconds) / 3600 * gpu_hour(spot=True)
    express = work.express_seconds * work.express_gb * prices.LAMBDA_X86_GB_SECOND.each + prices.LAMBDA_REQUEST.each
    return (
        Line("Work on pixels", 1000 * (on_gpu if gpu else express)),
        Line(f"API: {API_REQUESTS} requests each, with their functions", 1000 * API_REQUESTS * request(work)),
        Line("Events, queues and their functions", 1000 * _messages(work)),
        Line(
            f"Table: {WRITE_UNITS} units written, {READ_UNITS} read",
            1000 * (WRITE_UNITS * prices.DYNAMO_WRITE.each + READ_UNITS * prices.DYNAMO_READ.each),
        ),
        Line(
            f"Bucket: {BUCKET_WRITES} writes, {BUCKET_READS} reads",
            1000 * (BUCKET_WRITES * prices.S3_PUT.each + BUCKET_READS * prices.S3_GET.each),
        ),
        Line("Bucket: a month of storage", work.stored_mb * prices.S3_GB_MONTH.each),
        Line("Logs", work.log_kb / 1000 * prices.LOG_GB.each),
        Line(f"Traces: at most {TRACES} each", 1000 * TRACES * prices.TRACE.each),
        Line("Firewall", 1000 * API_REQUESTS * prices.WAF_REQUEST.each),
    )


def thousand_downloads(work: Work) -> Sequence[Line]:
    """Return what AWS takes for a thousand results that leave it by the Internet."""
    return (Line("Transfer", work.result_mb * prices.TRANSFER_OUT_GB.each),)


def video_hour(work: Work, *, machine_hours: float | None = None) -> Sequence[Line]:
    """Return the positions of an hour of video on the GPU lane, whose work on it was never measured."""
    hours = work.gpu_hours_video_hour if machine_hours is None else machine_hours
    return (
        Line("Work on pixels", hours * gpu_hour(spot=True)),
        Line("Bucket: a month of storage", work.video_hour_gb * prices.S3_GB_MONTH.each),
    )


def express_video_minute(work: Work) -> Sequence[Line]:
    """Return the positions of a minute of video on the express lane, in files short enough for a function's time."""
    seconds = 60 * VIDEO_FRAMES_SECOND * work.express_video_frame_seconds
    return (
        Line("Work on pixels", seconds * work.express_gb * prices.LAMBDA_X86_GB_SECOND.each),
        Line("Bucket: a month of storage", work.video_hour_gb / 60 * prices.S3_GB_MONTH.each),
    )


def thousand_gib_in_blocks(work: Work) -> Sequence[Line]:
    """Return the positions of 1,000 GiB that come in blocks, until they are files; how long joins take is assumed."""
    requests = BLOCKS_GIB + 1
    writes = 2 * requests + PARTS_GIB
    joining = work.join_seconds_gib * prices.LAMBDA_X86_GB_SECOND.each + prices.LAMBDA_REQUEST.each
    api = prices.API_REQUEST.each + _call(work.block_seconds, 1.0)
    return (
        Line(f"API: {requests} requests for a GiB, with their functions", 1000 * requests * api),
        Line(
            f"Bucket: {writes} writes and lists, {requests} reads",
            1000 * (writes * prices.S3_PUT.each + requests * prices.S3_GET.each),
        ),
        Line("Joining the blocks", 1000 * joining),
        Line("Firewall", 1000 * requests * prices.WAF_REQUEST.each),
    )


def gpu_hour(*, spot: bool) -> float:
    """Return the price of an hour of the smallest GPU machine, with its disk and its address."""
    machine = prices.GPU_HOUR.each * (SPOT_SHARE if spot else 1)
    return machine + prices.PUBLIC_IPV4_HOUR.each + MACHINE_GB * prices.GP3_GB_MONTH.each / MONTH_HOURS


def private_network_month() -> float:
    """Return what a network with private subnets would cost idle: one NAT gateway, or six endpoints in two zones."""
    return min(prices.NAT_HOUR.each, 6 * 2 * prices.ENDPOINT_HOUR.each) * MONTH_HOURS


def total(lines: Sequence[Line]) -> float:
    """Return the sum."""
    return sum(line.usd for line in lines)


def tables() -> str:
    """Return all tables as Markdown."""
    work = Work()
    parts = {
        "A month without traffic": idle_month(),
        "On top, with the GPU lane (`gpu_lane=true`)": gpu_lane_month(),
        "On top, from the third year": later_month(),
        "On top, in an account that has three dashboards already": dashboard_month(),
        "On top, with the firewall (`waf=true`, the default)": firewall_month(),
        "On top, if AWS bills the pipe's reads (not found out)": stream_month(),
        "On top, in a month in which all that is counted happens in every hour": busy_month(),
        "1,000 images on the express lane": thousand_images(work, gpu=False),
        "1,000 images on the GPU lane, machines always busy": thousand_images(work, gpu=True),
        "On top, for 1,000 GiB that come in blocks of 4 MiB": thousand_gib_in_blocks(work),
        "On top, where 1,000 results leave AWS": thousand_downloads(work),
        "A minute of video on the express lane (1280 x 720, 24 frames a second)": express_video_minute(work),
        "An hour of video on the GPU lane, machines always busy (assumed)": video_hour(work),
    }
    return "\n\n".join(_table(title, lines) for title, lines in parts.items())


def _polling_month() -> float:
    return POLLS_PER_QUEUE_MONTH * prices.SQS_REQUEST.each


def request(work: Work) -> float:
    """Return what a request to the API costs with its function, without the firewall."""
    return prices.API_REQUEST.each + _call(work.request_seconds, 1.0)


def _messages(work: Work) -> float:
    events = TASK_EVENTS * (prices.EVENT.each + prices.PIPE_REQUEST.each) + OBJECT_EVENTS * prices.OBJECT_EVENT.each
    seconds = (work.upload_seconds, work.webhook_seconds, work.request_seconds)
    return events + QUEUE_REQUESTS * prices.SQS_REQUEST.each + sum(_call(each, 0.5) for each in seconds)


def _call(seconds: float, gigabytes: float) -> float:
    return prices.LAMBDA_REQUEST.each + seconds * gigabytes * prices.LAMBDA_ARM_GB_SECOND.each


def _table(title: str, lines: Sequence[Line]) -> str:
    rows = "\n".join(f"| {line.what} | {line.usd:.2f} |" for line in lines)
    return f"| {title} | USD |\n| --- | --: |\n{rows}\n| **Sum** | **{total(lines):.2f}** |"


if __name__ == "__main__":
    sys.stdout.write(f"{tables()}\n\n{prices.table()}\n")

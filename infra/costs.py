"""What a deployment costs: `python -m infra.costs` prints the tables of docs/operations.md.

Prices of us-east-1 in USD without any free tier. `SOURCES` says where each family of prices was read and
when; none could be read from the price list's API here, so compare them before you rely on a figure.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SOURCES: Mapping[str, str] = {
    "Lambda": "aws.amazon.com/lambda/pricing, as quoted by cloudchipr.com/blog/aws-lambda-pricing (read 2026-11-21)",
    "WAF": "aws.amazon.com/waf/pricing, as quoted by c3x.dev/blog/aws-waf-cost-explained (read 2026-11-21)",
    "EC2": "On-demand prices from memory, Spot assumed at 40 % of it; both move",
    "the rest": "AWS's price pages as remembered; not read again on 2026-11-21",
}

LAMBDA_X86_GB_SECOND = 0.0000166667
LAMBDA_ARM_GB_SECOND = 0.0000133334
LAMBDA_REQUEST = 0.20e-6
API_REQUEST = 3.50e-6
SQS_REQUEST = 0.40e-6
EVENT = 1.00e-6
PIPE_REQUEST = 0.40e-6
DYNAMO_WRITE = 0.625e-6
DYNAMO_READ = 0.125e-6
S3_PUT = 5.0e-6
S3_GET = 0.4e-6
S3_GB_MONTH = 0.023
LOG_GB = 0.50
KMS_KEY_MONTH = 1.00
SECRET_MONTH = 0.40
ALARM_METRIC_MONTH = 0.10
DASHBOARD_MONTH = 3.00
ECR_GB_MONTH = 0.10
WAF_ACL_MONTH = 5.00
WAF_RULE_MONTH = 1.00
WAF_REQUEST = 0.60e-6
GPU_HOUR_ON_DEMAND = 0.526
SPOT_SHARE = 0.40
PUBLIC_IPV4_HOUR = 0.005
GP3_GB_MONTH = 0.08
NAT_HOUR = 0.045
ENDPOINT_HOUR = 0.01

MONTH_SECONDS = 730 * 3600
# Lambda keeps five long polls of 20 s open at every queue, also at an empty one.
POLLS_PER_QUEUE_MONTH = 5 * MONTH_SECONDS / 20
QUEUES_POLLED = 4
ALARM_METRICS = 13
IMAGES_GB = 4.5
WAF_RULES = 4
RECOVERIES_MONTH = 2 * 730


class Line(NamedTuple):
    """One position of a bill."""

    what: str
    usd: float


class Work(NamedTuple):
    """What a lane does for one image or one hour of video. Assumed, until measured on AWS."""

    express_seconds: float = 4.0
    express_gb: float = 3008 / 1024
    gpu_seconds_image: float = 0.5
    gpu_hours_video_hour: float = 1.0
    stored_mb: float = 10.0
    log_kb: float = 10.0


def idle_month() -> Sequence[Line]:
    """Return the positions of a month without traffic, without the firewall."""
    return (
        Line("KMS key of the bucket", KMS_KEY_MONTH),
        Line("Secret (webhook key)", SECRET_MONTH),
        Line(f"Lambda's polling of {QUEUES_POLLED} empty queues", QUEUES_POLLED * POLLS_PER_QUEUE_MONTH * SQS_REQUEST),
        Line("Images in ECR", IMAGES_GB * ECR_GB_MONTH),
        Line(f"{ALARM_METRICS} alarms", ALARM_METRICS * ALARM_METRIC_MONTH),
        Line("Recovery, twice an hour", RECOVERIES_MONTH * (LAMBDA_REQUEST + LAMBDA_ARM_GB_SECOND * 0.5)),
    )


def dashboard_month() -> Sequence[Line]:
    """Return what the dashboard costs an account that has three others."""
    return (Line("Dashboard", DASHBOARD_MONTH),)


def firewall_month() -> Sequence[Line]:
    """Return what the firewall adds to a month without traffic."""
    return (Line("Web ACL", WAF_ACL_MONTH), Line(f"{WAF_RULES} rules and rule groups", WAF_RULES * WAF_RULE_MONTH))


def thousand_images(work: Work, *, gpu: bool) -> Sequence[Line]:
    """Return the positions of a thousand images on one lane, each asked for three times and kept for a month."""
    express = work.express_seconds * work.express_gb * LAMBDA_X86_GB_SECOND + LAMBDA_REQUEST
    on_gpu = work.gpu_seconds_image / 3600 * gpu_hour(spot=True)
    return (
        Line("Work on pixels", 1000 * (on_gpu if gpu else express)),
        Line("API: 5 requests each, with their functions", 5000 * (API_REQUEST + _small_call(1.0))),
        Line(
            "Events, queues and their functions",
            1000 * (2 * EVENT + 5 * PIPE_REQUEST + 8 * SQS_REQUEST + 3 * _small_call(0.5)),
        ),
        Line("Table: 5 transactions of 2 items, 10 reads", 1000 * (5 * 2 * 2 * 2 * DYNAMO_WRITE + 10 * DYNAMO_READ)),
        Line("Bucket: 6 writes, 6 reads", 1000 * (6 * S3_PUT + 6 * S3_GET)),
        Line("Bucket: a month of storage", work.stored_mb * S3_GB_MONTH),
        Line("Logs", work.log_kb / 1000 * LOG_GB),
        Line("Firewall", 5000 * WAF_REQUEST),
    )


def video_hour(work: Work) -> Sequence[Line]:
    """Return the positions of an hour of video on the GPU lane. Transfer out of AWS is the customer's own."""
    return (Line("Work on pixels, Spot", work.gpu_hours_video_hour * gpu_hour(spot=True)),)


def gpu_hour(*, spot: bool) -> float:
    """Return the price of an hour of the smallest GPU machine, with its disk and its address."""
    machine = GPU_HOUR_ON_DEMAND * (SPOT_SHARE if spot else 1)
    return machine + PUBLIC_IPV4_HOUR + 60 * GP3_GB_MONTH / 730


def private_network_month() -> float:
    """Return what a network with private subnets would cost idle: one NAT gateway, or six endpoints in two zones."""
    return min(NAT_HOUR, 6 * 2 * ENDPOINT_HOUR) * 730


def total(lines: Sequence[Line]) -> float:
    """Return the sum."""
    return sum(line.usd for line in lines)


def tables() -> str:
    """Return all tables as Markdown."""
    work = Work()
    parts = {
        "A month without traffic": idle_month(),
        "On top, in an account that has three dashboards already": dashboard_month(),
        "On top, with the firewall (`waf=true`, the default)": firewall_month(),
        "1,000 images on the express lane": thousand_images(work, gpu=False),
        "1,000 images on the GPU lane": thousand_images(work, gpu=True),
        "An hour of video on the GPU lane": video_hour(work),
    }
    return "\n\n".join(_table(title, lines) for title, lines in parts.items())


def _small_call(gigabytes: float) -> float:
    return LAMBDA_REQUEST + 0.05 * gigabytes * LAMBDA_ARM_GB_SECOND


def _table(title: str, lines: Sequence[Line]) -> str:
    rows = "\n".join(f"| {line.what} | {line.usd:.2f} |" for line in lines)
    return f"| {title} | USD |\n| --- | --: |\n{rows}\n| **Sum** | **{total(lines):.2f}** |"


if __name__ == "__main__":
    sys.stdout.write(tables() + "\n")

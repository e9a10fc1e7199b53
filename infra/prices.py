"""What AWS charges in us-east-1, in USD without any free tier, and where each price was read.

AWS's price list could not be asked here. Sources are stored copies of pages, read on 2026-11-21; `dated` is the
date that a page itself names. What no page confirmed is remembered: compare it before you rely on it.
"""

from typing import NamedTuple

MILLION = 1_000_000


class Price(NamedTuple):
    """What one thing costs.

    Attributes:
        usd: For `per` of the unit.
        source: A page's address without its scheme, or nothing for a price that is remembered.
        dated: When the page says it was written; empty where it does not say.
    """

    what: str
    usd: float
    per: int
    unit: str
    source: str = ""
    dated: str = ""

    @property
    def each(self) -> float:
        """The price of one unit in USD."""
        return self.usd / self.per


_LAMBDA = "cloudchipr.com/blog/aws-lambda-pricing"
_EVENTS = "cloudburn.io/blog/amazon-eventbridge-pricing"
_DYNAMO = "airbyte.com/data-engineering-resources/dynamodb-pricing"
_S3 = "devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples"
_WATCH = "factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards"
_WAF = "c3x.dev/blog/aws-waf-cost-explained"
_VPC = "zacfukuda.com/blog/aws-nat-gateway-vs-vpc-endpoint"

LAMBDA_X86_GB_SECOND = Price("Lambda, x86", 16.6667, MILLION, "GB-seconds", _LAMBDA, "2024")
LAMBDA_ARM_GB_SECOND = Price("Lambda, arm64", 13.3334, MILLION, "GB-seconds", _LAMBDA, "2024")
LAMBDA_REQUEST = Price(
    "Lambda", 0.20, MILLION, "requests",
    "git.mcrn.ar/mariano/lambda_local_runner (docs/lambdas-md/lambda-13-cost.md)",
)  # fmt: skip
API_REQUEST = Price(
    "API Gateway, REST", 3.50, MILLION, "requests",
    "docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html",
)  # fmt: skip
SQS_REQUEST = Price("SQS", 0.40, MILLION, "requests", "cloudburn.io/blog/amazon-sqs-pricing", "2026-03")
EVENT = Price("EventBridge, own events", 1.00, MILLION, "events", _EVENTS, "2026-03")
# AWS's page lists them as opt-in data events, apart from the free ones; other pages call all of AWS's events free.
OBJECT_EVENT = Price("EventBridge, events of the bucket", 1.00, MILLION, "events")
PIPE_REQUEST = Price("EventBridge Pipes, after the filter", 0.40, MILLION, "requests", _EVENTS, "2026-03")
STREAM_READ = Price(
    "DynamoDB streams, readers other than Lambda", 0.20, MILLION, "reads",
    "github.com/estuary/connectors/issues/5135", "2026-08",
)  # fmt: skip
DYNAMO_WRITE = Price("DynamoDB on demand, writes", 0.625, MILLION, "units", _DYNAMO, "2025-07")
DYNAMO_READ = Price("DynamoDB on demand, reads", 0.125, MILLION, "units", _DYNAMO, "2025-07")
S3_PUT = Price("S3, PUT and LIST", 0.005, 1000, "requests", _S3)
S3_GET = Price("S3, GET", 0.0004, 1000, "requests", _S3)
S3_GB_MONTH = Price("S3 Standard, first 50 TB", 0.023, 1, "GB-month", _S3)
TRANSFER_OUT_GB = Price("Transfer to the Internet, first 10 TB", 0.09, 1, "GB", _S3)
LOG_GB = Price("CloudWatch Logs, taken in", 0.50, 1, "GB", _WATCH, "2026-06")
METRIC_MONTH = Price(
    "CloudWatch, own metrics", 0.30, 1, "metric-month", "signoz.io/guides/cloudwatch-pricing", "2026-02"
)
ALARM_METRIC_MONTH = Price("CloudWatch, alarms", 0.10, 1, "metric-month", "aws.amazon.com/cloudwatch/pricing, quoted")
DASHBOARD_MONTH = Price("CloudWatch, dashboards", 3.00, 1, "dashboard-month", _WATCH, "2026-06")
TRACE = Price("X-Ray, recorded", 5.00, MILLION, "traces", "aws.amazon.com/xray/pricing")
KMS_KEY_MONTH = Price(
    "KMS, a key, and each of its rotations (the first two only: remembered)", 1.00, 1, "month",
    "aws.amazon.com/kms/pricing",
)  # fmt: skip
SECRET_MONTH = Price("Secrets Manager", 0.40, 1, "secret-month", "public notes, quoted", "2024")
ECR_GB_MONTH = Price("ECR", 0.10, 1, "GB-month", "cloudburn.io/blog/amazon-ecr-pricing", "2026-03")
WAF_ACL_MONTH = Price("WAF, web ACL", 5.00, 1, "month", _WAF)
WAF_RULE_MONTH = Price("WAF, rule or managed group", 1.00, 1, "month", _WAF)
WAF_REQUEST = Price("WAF", 0.60, MILLION, "requests", _WAF)
GPU_HOUR = Price(
    "g4dn.xlarge on demand (eu-central-1: 0.658)", 0.526, 1, "hour",
    "github.com/tsaol/aws-gpu, from instances.vantage.sh", "2025-11",
)  # fmt: skip
PUBLIC_IPV4_HOUR = Price(
    "Public IPv4 address", 0.005, 1, "hour",
    "factualminds.com/blog/amazon-vpc-pricing-endpoints-peering-transit-gateway", "2026-06",
)  # fmt: skip
GP3_GB_MONTH = Price("EBS gp3", 0.08, 1, "GB-month")
NAT_HOUR = Price("NAT gateway", 0.045, 1, "hour", _VPC, "2026-06")
ENDPOINT_HOUR = Price("Interface endpoint, per zone", 0.01, 1, "hour", _VPC, "2026-06")
ACTIVE_USER = Price(
    "Cognito Lite, beyond 10,000 users (not in the sums)", 0.0055, 1, "user-month", "public notes of 2026-10, quoted"
)

PRICES = tuple(each for each in tuple(globals().values()) if isinstance(each, Price))


def table() -> str:
    """Return all prices and their sources as a Markdown table."""
    rows = "\n".join(f"| {_row(each)} |" for each in PRICES)
    return f"| Price | USD | for | read in | dated |\n| --- | --: | --- | --- | --- |\n{rows}"


def _row(price: Price) -> str:
    amount = {1: "1", 1000: "1,000", MILLION: "1 million"}[price.per]
    source = price.source or "**remembered**"
    return f"{price.what} | {price.usd:g} | {amount} {price.unit} | {source} | {price.dated or '-'}"

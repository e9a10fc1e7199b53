"""What AWS itself tells of, on the account's default bus, as far as we listen."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_batch as batch
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from constructs import Construct


def upload_landed(scope: Construct, id_: str, bucket: s3.IBucket) -> events.Rule:
    """Return a rule that takes uploads, known by the end of their key, still without a target."""
    detail = {"bucket": {"name": [bucket.bucket_name]}, "object": {"key": [{"suffix": "/original"}]}}
    return _rule(scope, id_, "aws.s3", "Object Created", detail)


def job_failed(scope: Construct, id_: str, queue: batch.IJobQueue) -> events.Rule:
    """Return a rule that takes jobs of the queue that failed for good, still without a target."""
    detail = {"jobQueue": [queue.job_queue_arn], "status": ["FAILED"]}
    return _rule(scope, id_, "aws.batch", "Batch Job State Change", detail)


def _rule(scope: Construct, id_: str, source: str, detail_type: str, detail: Mapping[str, Any]) -> events.Rule:
    pattern = events.EventPattern(source=[source], detail_type=[detail_type], detail=detail)
    return events.Rule(scope, id_, event_pattern=pattern)

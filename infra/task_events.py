"""From the table's stream to a bus: what happened to tasks, for our functions and for the customer's own rules.

The stream's record becomes the event's detail unchanged.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from constructs import Construct

SOURCE = "veil"
DETAIL_TYPE = "task-event"
ARCHIVED = Duration.days(30)

# Prefixes of keys as veil.adapters.aws.task_keys writes them; tests/infra compares the two.
EVENT_PREFIX = "event#"
OWNER_PREFIX = "owner#"


class TaskEvents(Construct):
    """A bus with an archive, and the pipe that puts on it what the table's stream tells of events and expiries.

    One pipe for both: DynamoDB wants no more than two readers of a stream, and each may cost (docs/operations.md).
    """

    def __init__(self, scope: Construct, id_: str, *, table: dynamodb.ITable, lost: sqs.IQueue) -> None:
        super().__init__(scope, id_)
        # CDK's own name for a bus is the same in each stack, and an account has each name once.
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"{Stack.of(self).stack_name}-tasks")
        ours = events.EventPattern(source=[SOURCE])
        self.archive = self.bus.archive("Archive", event_pattern=ours, retention=ARCHIVED)
        stream = table.table_stream_arn
        if stream is None:
            raise ValueError("The table has no stream.")
        role = _role(self, stream, self.bus, lost)
        pipe = pipes.CfnPipe(
            self,
            "Pipe",
            role_arn=role.role_arn,
            source=stream,
            source_parameters=_from_stream(lost),
            target=self.bus.event_bus_arn,
            target_parameters=_to_bus(),
        )
        # A pipe tries its rights when it is made, and by its reference alone it waits for the role, not the policy.
        pipe.node.add_dependency(role)

    def on_kinds(self, id_: str, kinds: Sequence[str]) -> events.Rule:
        """Return a rule that takes events of these kinds, still without a target."""
        return self._rule(id_, {"dynamodb": {"NewImage": {"kind": {"S": list(kinds)}}}})

    def on_jobs(self, id_: str, kinds: Sequence[str]) -> events.Rule:
        """Return a rule that takes events of jobs, and of tasks that are a job's, still without a target."""
        image = {"kind": {"S": list(kinds)}, "job": {"S": [{"exists": True}]}}
        return self._rule(id_, {"dynamodb": {"NewImage": image}})

    def on_expiry(self, id_: str) -> events.Rule:
        """Return a rule that takes tasks whose retention is over, still without a target."""
        return self._rule(id_, {"eventName": _TASK_EXPIRED["eventName"]})

    def _rule(self, id_: str, detail: Mapping[str, Any]) -> events.Rule:
        pattern = events.EventPattern(source=[SOURCE], detail_type=[DETAIL_TYPE], detail=detail)
        return events.Rule(self, id_, event_bus=self.bus, event_pattern=pattern)


_EVENT_INSERTED: Mapping[str, Any] = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"pk": {"S": [{"prefix": EVENT_PREFIX}]}}},
}
# What somebody deleted by hand is not an expiry: the principal is DynamoDB itself.
_TASK_EXPIRED: Mapping[str, Any] = {
    "eventName": ["REMOVE"],
    "userIdentity": {"principalId": ["dynamodb.amazonaws.com"]},
    "dynamodb": {"Keys": {"pk": {"S": [{"prefix": OWNER_PREFIX}]}}},
}


def _role(scope: Construct, stream: str, bus: events.EventBus, lost: sqs.IQueue) -> iam.Role:
    role = iam.Role(scope, "PipeRole", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
    reading = [f"dynamodb:{each}" for each in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")]
    role.add_to_policy(iam.PolicyStatement(actions=reading, resources=[stream]))
    role.add_to_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus.event_bus_arn]))
    role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[lost.queue_arn]))
    return role


def _from_stream(lost: sqs.IQueue) -> pipes.CfnPipe.PipeSourceParametersProperty:
    return pipes.CfnPipe.PipeSourceParametersProperty(
        dynamo_db_stream_parameters=pipes.CfnPipe.PipeSourceDynamoDBStreamParametersProperty(
            starting_position="TRIM_HORIZON",
            batch_size=10,
            # As long as the stream keeps the record, a day: what the pipe gives up is in no archive. Every record
            # fits an event, so none can fail for ever and hold up the others.
            maximum_retry_attempts=-1,
            maximum_record_age_in_seconds=-1,
            on_partial_batch_item_failure="AUTOMATIC_BISECT",
            parallelization_factor=4,
            dead_letter_config=pipes.CfnPipe.DeadLetterConfigProperty(arn=lost.queue_arn),
        ),
        filter_criteria=pipes.CfnPipe.FilterCriteriaProperty(
            filters=[
                pipes.CfnPipe.FilterProperty(pattern=json.dumps(each)) for each in (_EVENT_INSERTED, _TASK_EXPIRED)
            ]
        ),
    )


def _to_bus() -> pipes.CfnPipe.PipeTargetParametersProperty:
    return pipes.CfnPipe.PipeTargetParametersProperty(
        event_bridge_event_bus_parameters=pipes.CfnPipe.PipeTargetEventBridgeEventBusParametersProperty(
            source=SOURCE, detail_type=DETAIL_TYPE
        )
    )

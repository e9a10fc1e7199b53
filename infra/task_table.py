"""Where tasks lie: one table whose stream is the outbox (docs/decisions/0006-dynamodb-single-table.md)."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

# The names are those of veil.adapters.aws.table; tests/infra compares the two.
PARTITION_KEY = "pk"
SORT_KEY = "sk"
INDEX = "shelves"
LISTED = "listed"
SHELF = "shelf"
PLACE = "place"
EXPIRES = "expires_at"


class TaskTable(Construct):
    """Tasks, events and deliveries: on demand, restorable to any second of 35 days."""

    def __init__(self, scope: Construct, id_: str, *, keep_data: bool, deletion_protection: bool) -> None:
        super().__init__(scope, id_)
        self.table = dynamodb.Table(
            self,
            "Tasks",
            partition_key=dynamodb.Attribute(name=PARTITION_KEY, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=SORT_KEY, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=EXPIRES,
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            deletion_protection=deletion_protection,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if keep_data else RemovalPolicy.DESTROY,
        )
        self.table.add_global_secondary_index(
            index_name=INDEX,
            partition_key=dynamodb.Attribute(name=SHELF, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=PLACE, type=dynamodb.AttributeType.NUMBER),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.table.add_global_secondary_index(
            index_name=LISTED,
            partition_key=dynamodb.Attribute(name=LISTED, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=SORT_KEY, type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=[EXPIRES],
        )

"""The template's resources, created at the emulated AWS, each under the name that its references then get."""

import json
import secrets
from xml.sax.saxutils import escape

from tests.cloud.emulation.template import ACCOUNT, REGION, STACK

# AWS gives queues more attributes than moto needs; these decide what happens to messages.
_QUEUE_ATTRIBUTES = ("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds")
_TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
_POOL_PROPERTIES = ("Policies", "AliasAttributes", "UsernameConfiguration", "AdminCreateUserConfig")

_STACK = """\
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
<member><StackName>{name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member>
</Stacks></DescribeStacksResult></DescribeStacksResponse>"""
_OUTPUT = "<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"


def create_resources(template, clients):
    """Create everything that has data, and name everything that others refer to."""
    for create in (_keep_objects, _keep_items, _know_users, _keep_secrets, _queue, _watch):
        create(template, clients)
    for kind, name in _ONLY_NAMED.items():
        for logical_id in template.of(kind):
            name(template, logical_id)


def described_stack(template, *, url):
    """Return CloudFormation's answer to DescribeStacks, the one thing that it is asked; the API is at `url`.

    moto's own would first load all services that it knows.
    """
    outputs = {name: template.resolve(each["Value"]) for name, each in template.outputs.items()} | {"ApiUrl": url}
    told = "".join(_OUTPUT.format(name=name, value=escape(value)) for name, value in outputs.items())
    return _STACK.format(name=STACK, outputs=told)


def _keep_objects(template, clients):
    for logical_id, properties in template.of("S3::Bucket").items():
        name = logical_id.lower()
        clients("s3").create_bucket(Bucket=name)
        if "VersioningConfiguration" in properties:
            clients("s3").put_bucket_versioning(
                Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"]
            )
        if "CorsConfiguration" in properties:
            clients("s3").put_bucket_cors(Bucket=name, CORSConfiguration=_cors(properties["CorsConfiguration"]))
        template.call(logical_id, name, Arn=f"arn:aws:s3:::{name}")


def _cors(configuration):
    """Return CORS rules in S3's own words instead of CloudFormation's."""
    names = {"MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"}
    rules = [{names.get(key, key): value for key, value in each.items()} for each in configuration["CorsRules"]]
    return {"CORSRules": rules}


def _keep_items(template, clients):
    for logical_id, properties in template.of("DynamoDB::Table").items():
        settings = {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}
        stream = {**properties["StreamSpecification"], "StreamEnabled": True}
        made = clients("dynamodb").create_table(TableName=logical_id, StreamSpecification=stream, **settings)
        described = made["TableDescription"]
        clients("dynamodb").update_time_to_live(
            TableName=logical_id, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )
        template.call(logical_id, logical_id, Arn=described["TableArn"], StreamArn=described["LatestStreamArn"])


def _know_users(template, clients):
    cognito = clients("cognito-idp")
    for logical_id, properties in template.of("Cognito::UserPool").items():
        settings = {key: properties[key] for key in _POOL_PROPERTIES if key in properties}
        pool = cognito.create_user_pool(PoolName=logical_id, **settings)["UserPool"]
        template.call(logical_id, pool["Id"], Arn=pool["Arn"])
    for logical_id, properties in template.of("Cognito::UserPoolClient").items():
        made = cognito.create_user_pool_client(
            ClientName=logical_id,
            UserPoolId=template.resolve(properties["UserPoolId"]),
            ExplicitAuthFlows=properties["ExplicitAuthFlows"],
        )
        template.call(logical_id, made["UserPoolClient"]["ClientId"])


def _keep_secrets(template, clients):
    for logical_id in template.of("SecretsManager::Secret"):
        made = clients("secretsmanager").create_secret(Name=logical_id, SecretString=secrets.token_hex(32))
        template.call(logical_id, made["ARN"])


def _queue(template, clients):
    """Create the queues, those that others send their dead letters to first."""
    queues = sorted(template.of("SQS::Queue").items(), key=lambda each: "RedrivePolicy" in each[1])
    for logical_id, properties in queues:
        attributes = {key: str(properties[key]) for key in _QUEUE_ATTRIBUTES if key in properties}
        if "RedrivePolicy" in properties:
            attributes["RedrivePolicy"] = json.dumps(template.resolve(properties["RedrivePolicy"]))
        url = clients("sqs").create_queue(QueueName=logical_id, Attributes=attributes)["QueueUrl"]
        template.call(logical_id, url, Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{logical_id}")


def _watch(template, clients):
    """Create the alarms and the topic that they go to, with whoever is subscribed."""
    for logical_id in template.of("SNS::Topic"):
        template.call(logical_id, clients("sns").create_topic(Name=logical_id)["TopicArn"])
    for each in template.of("SNS::Subscription").values():
        asked = template.resolve(each)
        clients("sns").subscribe(**{key: asked[key] for key in ("TopicArn", "Protocol", "Endpoint")})
    for logical_id, properties in template.of("CloudWatch::Alarm").items():
        actions = template.resolve(properties["AlarmActions"])
        clients("cloudwatch").put_metric_alarm(
            AlarmName=logical_id,
            AlarmActions=actions,
            MetricName=logical_id,
            Namespace="Watched",
            Period=properties.get("Period", 300),
            Statistic="Sum",
            EvaluationPeriods=properties["EvaluationPeriods"],
            Threshold=properties["Threshold"],
            ComparisonOperator=properties["ComparisonOperator"],
        )


def _name_function(template, logical_id):
    template.call(logical_id, logical_id, Arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{logical_id}")


def _name_role(template, logical_id):
    template.call(logical_id, logical_id, Arn=f"arn:aws:iam::{ACCOUNT}:role/{logical_id}")


def _name_bus(template, logical_id):
    template.call(logical_id, logical_id, Arn=f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{logical_id}")


def _name_rule(template, logical_id):
    template.call(logical_id, logical_id, Arn=f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{logical_id}")


def _name_archive(template, logical_id):
    template.call(logical_id, logical_id, Arn=f"arn:aws:events:{REGION}:{ACCOUNT}:archive/{logical_id}")


def _name_job_queue(template, logical_id):
    arn = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/{logical_id}"
    template.call(logical_id, arn, JobQueueArn=arn)


def _name_job_definition(template, logical_id):
    arn = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/{logical_id}:1"
    template.call(logical_id, arn, JobDefinitionArn=arn)


def _name_stage(template, logical_id):
    template.call(logical_id, template.resources[logical_id]["Properties"]["StageName"])


_ONLY_NAMED = {
    "ApiGateway::Stage": _name_stage,
    "Batch::JobDefinition": _name_job_definition,
    "Batch::JobQueue": _name_job_queue,
    "Events::Archive": _name_archive,
    "Events::EventBus": _name_bus,
    "Events::Rule": _name_rule,
    "IAM::Role": _name_role,
    "Lambda::Function": _name_function,
}

"""Who may do what on which resource, and nothing else."""

from datetime import timedelta

import pytest

from veil.adapters.aws.url_signer import SESSION, SPARE
from veil.domain.media import DOWNLOAD_URL_LIFE

FILES = "<StorageMedia>/*"
UPLOADS = "<StorageMedia>/*/original"

SIGN = (
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity on "
    "arn:<AWS::Partition>:cognito-identity:<AWS::Region>:<AWS::AccountId>:identitypool/<UrlSigningPool>"
)

# What each function may do beyond writing its log and its traces and handling what triggers it.
RIGHTS = {
    "advance_job": {
        "dynamodb:BatchGetItem on <TaskTableTasks>",
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "dynamodb:Query on <TaskTableTasks>",
        "dynamodb:UpdateItem on <TaskTableTasks>",
        "kms:Decrypt on <StorageKey>",
        "kms:GenerateDataKey on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:GetObject on <StorageMedia>/*/original",
        "s3:GetObject on <StorageMedia>/upload_sessions/*",
        "s3:GetObjectVersion on <StorageMedia>/upload_sessions/*",
        "s3:ListBucket on <StorageMedia>",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
        "s3:PutObject on <StorageMedia>/*/original",
        "sqs:SendMessage on <ExpressLaneWorkQueue>",
        "sqs:SendMessage on <GpuLaneWorkQueue>",
    },
    "anonymizer": {
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "kms:Decrypt on <StorageKey>",
        "kms:GenerateDataKey on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:GetObject on <StorageMedia>/*/original",
        "s3:GetObject on <StorageMedia>/*/segments/*",
        "s3:GetObject on <StorageMedia>/*/findings.json.gz",
        "s3:GetObjectVersion on <StorageMedia>/*/original",
        "s3:ListBucket on <StorageMedia>",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
        "s3:PutObject on <StorageMedia>/*",
    },
    "deliver_webhook": {
        SIGN,
        "dynamodb:BatchGetItem on <TaskTableTasks>",
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "dynamodb:Query on <TaskTableTasks>",
        "secretsmanager:GetSecretValue on <InstallKey>",
        "sqs:SendMessage on <WebhookCallsQueue>",
    },
    "files_api": {
        SIGN,
        "dynamodb:Query on <TaskTableTasks>/index/listed",
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "dynamodb:Query on <TaskTableTasks>",
        "kms:Decrypt on <StorageKey>",
        "kms:GenerateDataKey on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:GetObject on <StorageMedia>/*",
        "s3:ListBucket on <StorageMedia>",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
        "s3:PutObject on <StorageMedia>/*/original",
        "sqs:SendMessage on <ExpressLaneWorkQueue>",
        "sqs:SendMessage on <GpuLaneWorkQueue>",
    },
    "jobs_api": {
        SIGN,
        "dynamodb:BatchGetItem on <TaskTableTasks>",
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "dynamodb:Query on <TaskTableTasks>",
        "dynamodb:UpdateItem on <TaskTableTasks>",
        "kms:Decrypt on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:GetObject on <StorageMedia>/*",
        "s3:ListBucket on <StorageMedia>",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
        "secretsmanager:GetSecretValue on <InstallKey>",
    },
    "on_deletion": {
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
    },
    "on_upload": {
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "kms:Decrypt on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:GetObject on <StorageMedia>/*/original",
        "s3:ListBucket on <StorageMedia>",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
        "sqs:SendMessage on <ExpressLaneWorkQueue>",
        "sqs:SendMessage on <GpuLaneWorkQueue>",
    },
    "on_worker_exit": {
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "sqs:SendMessage on <GpuLaneWorkQueue>",
    },
    "recover_tasks": {
        "dynamodb:BatchGetItem on <TaskTableTasks>",
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "dynamodb:Query on <TaskTableTasks>",
        "dynamodb:Query on <TaskTableTasks>/index/shelves",
        "kms:Decrypt on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:GetObject on <StorageMedia>/*/original",
        "s3:ListBucket on <StorageMedia>",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
        "sqs:SendMessage on <ExpressLaneWorkQueue>",
        "sqs:SendMessage on <GpuLaneWorkQueue>",
        "sqs:SendMessage on <JobsStepsDueQueue>",
        "sqs:SendMessage on <WebhookCallsQueue>",
    },
    "sign_in": {"cognito-idp:AdminInitiateAuth on <IdentityUsers>"},
    "start_batch_job": {
        "batch:SubmitJob on <GpuLaneJob>",
        "batch:SubmitJob on <GpuLaneQueue>",
        "dynamodb:GetItem on <TaskTableTasks>",
    },
    "tasks_api": {
        SIGN,
        "sqs:SendMessage on <ExpressLaneWorkQueue>",
        "sqs:SendMessage on <GpuLaneWorkQueue>",
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "dynamodb:Query on <TaskTableTasks>",
        "kms:Decrypt on <StorageKey>",
        "kms:GenerateDataKey on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:DeleteObject on <StorageMedia>/*",
        "s3:DeleteObjectVersion on <StorageMedia>/*",
        "s3:GetObject on <StorageMedia>/*",
        "s3:ListBucket on <StorageMedia>",
        "s3:ListBucketMultipartUploads on <StorageMedia>",
        "s3:ListBucketVersions on <StorageMedia>",
        "s3:ListMultipartUploadParts on <StorageMedia>/*/original",
        "s3:PutObject on <StorageMedia>/*/original",
    },
    "upload_blocks": {
        "dynamodb:GetItem on <TaskTableTasks>",
        "dynamodb:PutItem on <TaskTableTasks>",
        "kms:Decrypt on <StorageKey>",
        "kms:GenerateDataKey on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/upload_sessions/*",
        "s3:ListBucketVersions on <StorageMedia>",
        "s3:PutObject on <StorageMedia>/upload_sessions/*",
        "secretsmanager:GetSecretValue on <InstallKey>",
    },
}

# The queue a function works off, for those that have one.
WORKS_OFF = {
    "advance_job": "<JobsStepsDueQueue>",
    "anonymizer": "<ExpressLaneWorkQueue>",
    "deliver_webhook": "<WebhookCallsQueue>",
    "on_upload": "<UploadsQueue>",
    "start_batch_job": "<GpuLaneWorkQueue>",
}
# Functions that rules call directly: what these cannot handle goes to the lost events.
CALLED_BY_RULES = {"on_deletion", "on_worker_exit", "recover_tasks"}

OF_MACHINES = ("Poll", "StartTelemetrySession", "UpdateContainerInstancesState")
OF_CLUSTERS = (
    "DeregisterContainerInstance",
    "RegisterContainerInstance",
    "SubmitAttachmentStateChanges",
    "SubmitContainerStateChange",
    "SubmitTaskStateChange",
)

TRACES = {"xray:PutTelemetryRecords on *", "xray:PutTraceSegments on *"}

# The only actions on everything, because AWS knows no resource for them.
WITHOUT_RESOURCE = TRACES | {"ecr:GetAuthorizationToken on *", "ecs:DiscoverPollEndpoint on *"}


def worked_off(queue):
    actions = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage")
    return {f"sqs:{action} on {queue}" for action in actions}


def failures_told(queue="<LostEventsQueue>"):
    return {f"sqs:{action} on {queue}" for action in ("SendMessage", "GetQueueAttributes", "GetQueueUrl")}


def logged(template, function):
    group = f"<{template.names[function['LoggingConfig']['LogGroup']['Ref']]}>"
    return {f"logs:{action} on {group}" for action in ("CreateLogStream", "PutLogEvents")}


@pytest.mark.parametrize("name", RIGHTS)
def test_a_function_may_do_what_the_table_says_and_nothing_else(template, name):
    function = template.functions[name]
    expected = RIGHTS[name] | TRACES | logged(template, function)
    expected |= worked_off(WORKS_OFF[name]) if name in WORKS_OFF else set()
    expected |= failures_told() if name in CALLED_BY_RULES else set()

    rights = template.rights(function["Role"]["Fn::GetAtt"][0])

    assert rights == expected


def test_who_signs_urls_may_do_what_urls_are_for_and_is_vouched_for_by_our_functions_alone(template):
    (name,) = (each for each in template.of("IAM::Role") if template.names[each] == "UrlSigningRole")
    role, pool = template.of("IAM::Role")[name], template.one("Cognito::IdentityPool")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    (pool_id,) = template.of("Cognito::IdentityPool")

    assert template.rights(name) == {
        "kms:Decrypt on <StorageKey>",
        "kms:GenerateDataKey on <StorageKey>",
        "s3:AbortMultipartUpload on <StorageMedia>/*/original",
        "s3:GetObject on <StorageMedia>/*",
        "s3:PutObject on <StorageMedia>/*/original",
    }
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": pool_id}},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    }
    assert pool["AllowUnauthenticatedIdentities"] is False
    assert not {"CognitoIdentityProviders", "OpenIdConnectProviderARNs", "SupportedLoginProviders"} & set(pool)
    assert timedelta(seconds=role["MaxSessionDuration"]) >= SESSION > DOWNLOAD_URL_LIFE + SPARE


def test_every_function_is_in_the_table(template):
    assert set(template.functions) == set(RIGHTS)


def test_no_two_functions_share_a_role(template):
    roles = [each["Role"]["Fn::GetAtt"][0] for each in template.functions.values()]

    assert len(set(roles)) == len(roles)


def test_the_gpu_worker_may_do_what_the_express_worker_may(template):
    (job,) = template.of("Batch::JobDefinition").values()

    rights = template.rights(job["ContainerProperties"]["JobRoleArn"]["Fn::GetAtt"][0])

    assert rights == RIGHTS["anonymizer"]


def test_the_role_that_starts_the_gpu_worker_touches_no_data(template):
    (job,) = template.of("Batch::JobDefinition").values()

    rights = template.rights(job["ContainerProperties"]["ExecutionRoleArn"]["Fn::GetAtt"][0])

    assert {line.partition(":")[0] for line in rights} == {"ecr", "logs"}


def test_a_gpu_machine_may_join_a_cluster_fetch_the_image_and_write_one_log(template):
    """AWS's managed policy reads every image of the account and writes every log."""
    role = next(each["Roles"][0]["Ref"] for each in template.some("IAM::InstanceProfile").values())
    rights = template.rights(role)
    ecs = "arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>"

    assert "ManagedPolicyArns" not in template.of("IAM::Role")[role]
    assert {line for line in rights if line.startswith(("ecs:", "logs:"))} == {
        "ecs:DiscoverPollEndpoint on *",
        *(f"ecs:{action} on {ecs}:container-instance/*" for action in OF_MACHINES),
        *(f"ecs:{action} on {ecs}:cluster/*" for action in OF_CLUSTERS),
        "logs:CreateLogStream on <GpuLaneLogs>",
        "logs:PutLogEvents on <GpuLaneLogs>",
    }
    image = {line for line in rights if line.startswith("ecr:")} - {"ecr:GetAuthorizationToken on *"}
    assert {line.partition(" on ")[0] for line in image} == {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    }
    assert all("container-assets" in line for line in image)
    assert {line.partition(":")[0] for line in rights} == {"ecs", "ecr", "logs"}


def test_nothing_may_be_done_on_everything_but_what_has_no_resource(template):
    lines = {
        line
        for policy in template.some("IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        for line in template.lines(statement)
    }

    assert {line for line in lines if line.endswith(" on *")} == WITHOUT_RESOURCE
    assert not {line for line in lines if "*" in line.partition(" on ")[0]}


def test_whoever_calls_a_function_is_named(template):
    for permission in template.some("Lambda::Permission").values():
        assert permission["Principal"] in {"apigateway.amazonaws.com", "events.amazonaws.com"}
        assert permission["SourceArn"]


@pytest.mark.parametrize("kind", ["SQS::QueuePolicy", "SNS::TopicPolicy", "S3::BucketPolicy"])
def test_no_policy_of_a_resource_lets_anybody_in_but_services_of_aws(template, kind):
    policies = template.of(kind).values()

    assert policies
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert (
                statement["Effect"] == "Deny"
                or "Service" in statement["Principal"]
                or "AWS:SourceOwner" in str(statement)
            )


def test_only_the_accounts_own_alarms_are_heard(template):
    (policy,) = template.of("SNS::TopicPolicy").values()
    allowed = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]

    assert allowed
    for each in allowed:
        assert each["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}

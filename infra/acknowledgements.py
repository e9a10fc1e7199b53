"""Findings of cdk-nag's rule packs that we looked at and leave as they are, each with its reason."""

from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import IConstruct

from infra.checkov_findings import explain_to_checkov
from infra.rights import BLOCKS, EVERYTHING, FINDINGS, ORIGINAL, SEGMENTS

ECS = "arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>"
TRACING = "The two actions that write X-Ray traces take no resource."


class Finding(NamedTuple):
    """A finding below one construct of the stack, and why it may stay."""

    path: str
    rule: str
    reason: str


_JOB_PATHS = (
    *(
        f"{name}{below}"
        for name in ("create_upload_session", "start_upload", "notify_on_job_status")
        for below in ("", "/{proxy+}")
    ),
    *(f"{name}/{{proxy+}}" for name in ("direct_upload", "approve_job", "job_result", "get_job_result", "cancel_job")),
)
_FINDINGS = (
    Finding(
        "Storage/Media",
        "AwsSolutions::AwsSolutions-S1",
        "Access logs would need a second bucket that holds addresses of people and grows for ever; who wants them "
        "switches on CloudTrail's data events for this bucket.",
    ),
    Finding(
        "Identity/Users",
        "AwsSolutions::AwsSolutions-COG2",
        "The v2 API signs in by one call with name and password; a second factor has no place in it.",
    ),
    Finding(
        "Identity/Users",
        "AwsSolutions::AwsSolutions-COG8",
        "The Plus tier costs per user; the firewall's limit per address and Cognito's own lockout slow guessing down.",
    ),
    Finding(
        "LostEvents",
        "AwsSolutions::AwsSolutions-SQS3",
        "It is the dead-letter queue of rules, the pipe and functions, which the rule does not look at.",
    ),
    Finding(
        "RestApi/Gateway",
        "AwsSolutions::AwsSolutions-APIG2",
        "Vendor clients send JSON without a content type, which API Gateway's models do not look at, and the contract "
        "prescribes the text of each refusal: our parser validates.",
    ),
    Finding(
        "RestApi/Gateway/CloudWatchRole",
        "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
        "AmazonAPIGatewayPushToCloudWatchLogs]",
        "API Gateway has one role for the logs of all APIs of an account and takes no narrower one.",
    ),
    *(
        Finding(f"RestApi/Gateway/Default/{path}", f"AwsSolutions::AwsSolutions-{rule}", reason)
        for path, reason in (
            *(
                (f"{api}/signin/{below}POST", "Here callers get the token that other methods ask for.")
                for api in ("v1", "v2")
                for below in ("", "{proxy+}/")
            ),
            *(
                (f"v1/status/{below}GET", "Whether the service is ready is told to everybody, by contract.")
                for below in ("", "{proxy+}/")
            ),
            *((f"v1/{path}/ANY", "The function looks at the caller's API key itself (0047).") for path in _JOB_PATHS),
            ("v1/upload_session/{proxy+}/ANY", "The URL carries our own signature, which the function verifies."),
            ("{proxy+}/ANY", "Where no path leads there is nothing to protect: it says that there is nothing."),
        )
        for rule in ("APIG4", "COG4")
    ),
    Finding(
        "InstallKey",
        "AwsSolutions::AwsSolutions-SMG4",
        "Customers hold signing secrets that are derived from it; a new key is an announced change, not a schedule.",
    ),
)
_GPU_FINDINGS = (
    *(
        Finding("GpuLane/MachineRole", f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]", reason)
        for resource, reason in (
            ("*", "ecs:DiscoverPollEndpoint and ecr:GetAuthorizationToken take no resource."),
            (f"{ECS}:cluster/*", "Batch makes the cluster, under a name that nobody knows before."),
            (f"{ECS}:container-instance/*", "A machine's own number in that cluster, which it gets when it joins."),
        )
    ),
    Finding(
        "GpuLane/Worker/ExecutionRole",
        "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
        "ecr:GetAuthorizationToken takes no resource.",
    ),
)


def acknowledge_findings(app: cdk.App) -> None:
    """Tell the rule packs and checkov, where somebody runs them, which findings stay and why."""
    for stack in app.node.children:
        if isinstance(stack, cdk.Stack):
            _acknowledge_findings(stack)
            explain_to_checkov(stack)


def _acknowledge_findings(stack: cdk.Stack) -> None:
    for finding in (*_FINDINGS, *(_GPU_FINDINGS if stack.node.try_find_child("GpuLane") else ())):
        _acknowledge(_at(stack, finding.path), finding.rule, finding.reason)
    for each in stack.node.find_all():
        if isinstance(each, lambda_.Function):
            _acknowledge_function(each)
    _acknowledge_keys(stack)
    _acknowledge_dead_letters(stack)


def _acknowledge_function(function: lambda_.Function) -> None:
    latest = "AWS maintains 3.13, and it is the newest that bytecode can be compiled for where we build and test."
    for rule in ("AwsSolutions::AwsSolutions-L1", "Serverless::Serverless-LambdaLatestVersion"):
        _acknowledge(function, rule, latest)
    _acknowledge(
        function,
        "Serverless::Serverless-LambdaDLQ",
        "Called by API Gateway or a queue, or given a destination for failures, which tells more than a DLQ.",
    )
    _acknowledge(
        function,
        "Serverless::Serverless-LambdaEventSourceMappingDestination",
        "The mapping of an SQS queue takes none; the queue itself has dead letters.",
    )


def _acknowledge_keys(stack: cdk.Stack) -> None:
    bucket = stack.get_logical_id(_resource(_at(stack, "Storage/Media")))
    reasons = {
        "*": TRACING,
        f"<{bucket}.Arn>/{EVERYTHING}": "Every owner's files; which owner, the code decides from the verified token.",
        f"<{bucket}.Arn>/{ORIGINAL}": "Every owner's uploads and nothing else.",
        f"<{bucket}.Arn>/{SEGMENTS}": "What was seen of every owner's videos, for whoever goes on with them.",
        f"<{bucket}.Arn>/{FINDINGS}": "What was found in every owner's files, which is drawn again from it.",
        f"<{bucket}.Arn>/{BLOCKS}": "Every job's blocks and nothing else.",
    }
    for role in (
        "Functions",
        "ExpressLane",
        "Jobs",
        "UrlSigning",
        *(["GpuLane/JobRole"] if stack.node.try_find_child("GpuLane") else []),
    ):
        for resource, reason in reasons.items():
            _acknowledge(_at(stack, role), f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]", reason)


def _acknowledge_dead_letters(stack: cdk.Stack) -> None:
    for each in stack.node.find_all():
        if each.node.id in {"DeadLetters", "LostEvents"}:
            _acknowledge(
                each, "Serverless::Serverless-SQSRedrivePolicy", "It holds dead letters: an alarm calls an operator."
            )
        elif isinstance(each, sns.Subscription):
            _acknowledge(
                each,
                "Serverless::Serverless-SNSRedrivePolicy",
                "An alarm by e-mail: SNS tries again by itself, and the alarm stays on until its cause is gone.",
            )


def _acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def _at(stack: cdk.Stack, path: str) -> IConstruct:
    found: IConstruct = stack
    for id_ in path.split("/"):
        found = found.node.find_child(id_)
    return found


def _resource(construct: IConstruct) -> cdk.CfnElement:
    resource = construct.node.default_child
    if isinstance(resource, cdk.CfnElement):
        return resource
    raise TypeError(f"{construct.node.path} is no resource")

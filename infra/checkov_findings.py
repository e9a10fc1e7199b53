"""Findings of checkov that we looked at and leave as they are, each with its reason.

They stand in the metadata of each resource, where checkov reads them: whoever runs it on the template, a
customer's own pipeline too, gets our reasons instead of the findings.
"""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

_OF_TYPE: Mapping[str, Mapping[str, str]] = {
    "AWS::Lambda::Function": {
        "CKV_AWS_115": "Reserved concurrency is taken from the account, and a new account has none to give. Each "
        "queue limits its own function instead, and the API's throttling the others.",
        "CKV_AWS_116": "Called by API Gateway or a queue, or given a destination for failures, which tells more.",
        "CKV_AWS_117": "It calls AWS's public endpoints and webhooks anywhere; a way there out of a VPC costs several "
        "times the idle stack and keeps nobody out (docs/decisions/0009).",
        "CKV_AWS_173": "Lambda encrypts the variables with its own key. Tests see to it that they hold no secret.",
    },
    "AWS::Logs::LogGroup": {
        "CKV_AWS_158": "CloudWatch encrypts logs with its own key. They hold no tokens, signed addresses or pixels.",
    },
    "AWS::SQS::Queue": {
        "CKV_AWS_27": "Encrypted with SQS's own key (SqsManagedSseEnabled), which the rule does not look at. Messages "
        "name tasks and nothing else.",
    },
    "AWS::SNS::Topic": {
        "CKV_AWS_26": "Alarms name queues and counts. CloudWatch cannot publish under SNS's own KMS key, and a key of "
        "ours would protect nothing.",
    },
    "AWS::DynamoDB::Table": {
        "CKV_AWS_119": "DynamoDB encrypts with its own key. Every function that may read the table would also have to "
        "be allowed to use a key of ours, so it would keep nobody out.",
    },
    "AWS::SecretsManager::Secret": {
        "CKV_AWS_149": "Encrypted with the account's own key for secrets. One of ours serves readers in other "
        "accounts, and there are none.",
    },
    "AWS::S3::Bucket": {
        "CKV_AWS_18": "Access logs would need a second bucket that holds addresses of people and grows for ever; who "
        "wants them switches on CloudTrail's data events for this bucket.",
    },
    "AWS::ApiGateway::Stage": {
        "CKV_AWS_120": "Answers belong to one owner and change within seconds: a cache would tell old states.",
    },
}
_OPEN_METHOD = {
    "CKV_AWS_59": "Signing in, and whether the service is ready, are for everybody by contract. At API keys and signed "
    "URLs functions look themselves.",
}


def explain_to_checkov(stack: cdk.Stack) -> None:
    """Note on each resource which findings stay and why."""
    for each in stack.node.find_all():
        if isinstance(each, cdk.CfnResource):
            _explain(each)


def _explain(resource: cdk.CfnResource) -> None:
    reasons = _OPEN_METHOD if _is_open_method(resource) else _OF_TYPE.get(resource.cfn_resource_type)
    if reasons:
        skipped = [{"id": rule, "comment": reason} for rule, reason in reasons.items()]
        resource.add_metadata("checkov", {"skip": skipped})


def _is_open_method(resource: cdk.CfnResource) -> bool:
    if not isinstance(resource, apigateway.CfnMethod) or resource.http_method == "OPTIONS":
        return False
    return resource.authorization_type == "NONE"

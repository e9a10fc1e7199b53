"""What an upgrade would do to what holds data: `python -m tests.infra.upgrade TEMPLATE` records a release.

Recorded are the resources that hold something which no deployment makes again: pictures, tasks, accounts, their key,
the secret that receivers of webhooks know, the archive of events, confirmed addresses, and the address of the API.
Everything else may be replaced at any time: a function has no memory, and what lies in a queue is found again by the
recovery.
"""

import json
import sys
from pathlib import Path

RELEASED = Path(__file__).with_name("released.json")
HOLDS_DATA = {
    "AWS::ApiGateway::RestApi",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
}
# What AWS's resource schemas leave unsaid: another value makes a new resource, or is refused.
_UNSAID = {
    "AWS::Cognito::UserPool": ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration"),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "MultiRegion", "Origin"),
}
_KEPT_BY = ("DeletionPolicy", "UpdateReplacePolicy")


def holders(resources):
    """Return the resources that hold data, by logical id, without what only CDK reads."""
    return {
        name: {key: value for key, value in each.items() if key in {"Type", "Properties", *_KEPT_BY}}
        for name, each in sorted(resources.items())
        if each["Type"] in HOLDS_DATA
    }


def losses(before, after):
    """Return, in words, what of the released resources an upgrade would remove, replace or no longer keep."""
    return [loss for name, released in before.items() for loss in _losses(name, released, after.get(name))]


def _losses(name, released, now):
    if now is None or now["Type"] != released["Type"]:
        return [f"{name} ({released['Type']}) is removed"]
    replaced = [
        f"{name} is replaced: {path}"
        for path in _fixed(released["Type"])
        if _value(released, path) != _value(now, path)
    ]
    return replaced + [f"{name} is not kept: {each}" for each in _KEPT_BY if released.get(each) != now.get(each)]


def _fixed(kind):
    """Return the paths of the properties that only a new resource can change, by AWS's own schema."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    said = schema.get("createOnlyProperties", []) + schema.get("conditionalCreateOnlyProperties", [])
    return [*(path.removeprefix("/properties/") for path in said), *_UNSAID.get(kind, ())]


def _value(resource, path):
    value = resource.get("Properties", {})
    for key in path.split("/"):
        value = value.get(key) if isinstance(value, dict) else None
    return value


if __name__ == "__main__":
    template = json.loads(Path(sys.argv[1]).read_text())
    RELEASED.write_text(json.dumps(holders(template["Resources"]), indent=1, sort_keys=True) + "\n")

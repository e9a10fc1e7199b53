"""An upgrade of the last release takes nothing away. `make release-template` records a new release."""

import copy
import json

import pytest

from tests.infra.upgrade import HOLDS_DATA, RELEASED, holders, losses

RELEASE = json.loads(RELEASED.read_text())


def named(kind):
    (name,) = [name for name, each in RELEASE.items() if each["Type"] == f"AWS::{kind}"]
    return name


def changed(kind, **properties):
    """Return the release with other properties, policies or another type of one resource."""
    resources = copy.deepcopy(RELEASE)
    resource = resources[named(kind)]
    for key, value in properties.items():
        (resource if key in {"Type", "DeletionPolicy"} else resource["Properties"])[key] = value
    return resources


def test_an_upgrade_of_the_last_release_removes_and_replaces_nothing_that_holds_data(template):
    assert losses(RELEASE, holders(template.resources)) == []


def test_the_record_has_all_that_holds_data():
    assert {each["Type"] for each in RELEASE.values()} == HOLDS_DATA


@pytest.mark.parametrize(
    ("kind", "change", "loss"),
    [
        ("DynamoDB::Table", {"TableName": "tasks"}, "is replaced: TableName"),
        ("DynamoDB::Table", {"KeySchema": []}, "is replaced: KeySchema"),
        ("Cognito::UserPool", {"AliasAttributes": ["email"]}, "is replaced: AliasAttributes"),
        ("Cognito::UserPool", {"UsernameConfiguration": {"CaseSensitive": True}}, "is replaced: UsernameConfiguration"),
        ("Events::EventBus", {"Name": "tasks"}, "is replaced: Name"),
        ("KMS::Key", {"MultiRegion": True}, "is replaced: MultiRegion"),
        ("S3::Bucket", {"BucketName": "pictures"}, "is replaced: BucketName"),
        ("S3::Bucket", {"DeletionPolicy": "Delete"}, "is not kept: DeletionPolicy"),
        ("SecretsManager::Secret", {"Type": "AWS::SSM::Parameter"}, "(AWS::SecretsManager::Secret) is removed"),
    ],
)
def test_what_would_be_lost_is_named(kind, change, loss):
    (told,) = losses(RELEASE, changed(kind, **change))

    assert told.startswith(named(kind))
    assert told.endswith(loss)


def test_another_logical_id_is_a_removal():
    after = {f"{name}Moved" if "Media" in name else name: each for name, each in RELEASE.items()}

    assert losses(RELEASE, after) == [f"{named('S3::Bucket')} (AWS::S3::Bucket) is removed"]


def test_what_may_change_in_place_is_no_loss():
    assert losses(RELEASE, changed("S3::Bucket", LifecycleConfiguration={"Rules": []})) == []

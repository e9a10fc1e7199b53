"""What must never be false of the template, and what no rule pack looks at."""

import re

STORED = {"Cognito::UserPool", "DynamoDB::Table", "KMS::Key", "S3::Bucket", "SecretsManager::Secret"}
# They give roles rights, or hand them on to machines; the pool of machines is what acts.
NO_ACTORS = {"AWS::IAM::Policy", "AWS::IAM::InstanceProfile"}


def test_somebody_hears_when_a_month_gets_dear(template):
    budget = template.one("Budgets::Budget")
    notices = {
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in budget["NotificationsWithSubscribers"]
    }

    assert budget["Budget"]["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    # By stack AWS counts only what has a tag that somebody activated: a filter would see nothing, and say nothing.
    assert "CostFilters" not in budget["Budget"]
    assert notices == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    for each in budget["NotificationsWithSubscribers"]:
        assert each["Subscribers"] == [{"Address": "ops@example.com", "SubscriptionType": "EMAIL"}]


def test_every_function_has_a_log_that_ends_a_time_out_memory_and_traces(template):
    groups = template.of("Logs::LogGroup")

    for function in template.functions.values():
        assert groups[function["LoggingConfig"]["LogGroup"]["Ref"]]["RetentionInDays"] == 30
        assert function["Timeout"] > 3
        assert function["MemorySize"] >= 512
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_what_is_stored_survives_the_stack(template):
    kept = {
        each["Type"].removeprefix("AWS::")
        for each in template.resources.values()
        # As Retain, but for a stack whose creation failed: it leaves nothing that costs or is in the way of the next.
        if each.get("DeletionPolicy") == "RetainExceptOnCreate" and each["UpdateReplacePolicy"] == "Retain"
    }

    assert kept == STORED
    assert template.one("DynamoDB::Table")["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_nothing_that_is_stored_resists_the_end_of_a_failed_creation(template):
    assert template.one("DynamoDB::Table")["DeletionProtectionEnabled"] is False
    assert template.one("Cognito::UserPool")["DeletionProtection"] == "INACTIVE"


def roles_in(value, roles):
    """Yield which of the roles a resource's properties name, wherever they do."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if key in {"Fn::GetAtt", "Ref"}:
            name = each[0] if key == "Fn::GetAtt" else each
            if name in roles:
                yield name
        elif isinstance(each, dict | list):
            yield from roles_in(each, roles)


def test_whatever_acts_in_a_role_of_ours_waits_until_the_role_has_its_rights(template):
    """A pipe tries its rights when it is made; without `DependsOn` it is made beside the policy, and fails."""
    policies = {}
    for name, policy in template.some("IAM::Policy").items():
        for role in policy["Roles"]:
            policies.setdefault(role["Ref"], set()).add(name)
    hasty = {
        (name, role)
        for name, each in template.resources.items()
        if each["Type"] not in NO_ACTORS
        for role in roles_in(each.get("Properties", {}), policies)
        if not policies[role] <= set(each.get("DependsOn", ()))
    }

    assert hasty == set()


def test_no_secret_stands_in_the_environment(template):
    for function in template.functions.values():
        for name, value in function["Environment"]["Variables"].items():
            assert not re.search("password|token|key$", name, re.I), name
            assert "resolve:secretsmanager" not in str(value)


def test_users_are_made_by_an_operator_and_sign_in_by_password_only(template):
    pool, client = template.one("Cognito::UserPool"), template.one("Cognito::UserPoolClient")

    assert not {"AliasAttributes", "UsernameAttributes"} & set(pool)
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert client["ExplicitAuthFlows"] == ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["AccessTokenValidity"] == 60
    assert client["TokenValidityUnits"]["AccessToken"] == "minutes"
    assert client["PreventUserExistenceErrors"] == "ENABLED"

"""What must never be false of the template, and what no rule pack looks at."""

import json
import re
from email import message_from_string

import pytest

from infra.routes import ROUTES

STORED = {"Cognito::UserPool", "DynamoDB::Table", "KMS::Key", "S3::Bucket", "SecretsManager::Secret"}
# They give roles rights, or hand them on to machines; the pool of machines is what acts.
NO_ACTORS = {"AWS::IAM::Policy", "AWS::IAM::InstanceProfile"}
# AWS's list of accelerated machines with one GPU of at least 16 GB that the image's CUDA supports.
GPU_MACHINE = re.compile(r"g(4dn|5|6|6e)\.(\d*x)large")


def dead_letter_queues(template):
    return {
        each["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for each in template.some("SQS::Queue").values()
        if "RedrivePolicy" in each
    }


def lost_events(template):
    (name,) = (each for each in template.of("SQS::Queue") if each.startswith("LostEvents"))
    return name


def test_every_queue_has_dead_letters_and_each_has_an_alarm(template):
    queues, last_resorts = template.of("SQS::Queue"), dead_letter_queues(template) | {lost_events(template)}
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in template.some("CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    }

    assert {name for name, each in queues.items() if "RedrivePolicy" not in each} == last_resorts
    assert watched == last_resorts


def test_every_alarm_calls_somebody(template):
    (topic,) = template.of("SNS::Topic")

    for alarm in template.some("CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["AlarmDescription"]


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


def test_every_queue_is_encrypted_and_keeps_what_nobody_could_handle_for_two_weeks(template):
    for queue in template.some("SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_message_stays_hidden_for_longer_than_its_function_runs(template):
    for mapping in template.some("Lambda::EventSourceMapping").values():
        queue = template.of("SQS::Queue")[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        function = template.of("Lambda::Function")[mapping["FunctionName"]["Ref"]]

        assert queue["VisibilityTimeout"] >= function["Timeout"] + 60
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_lambda_lets_a_function_feed_its_own_queue_where_it_has_an_end_for_that(template):
    """What Lambda takes for a loop it stops at the seventeenth run: a day of calls to a slow webhook has a hundred."""
    allowed = {name for name, each in template.functions.items() if each.get("RecursiveLoop") == "Allow"}

    assert allowed == set(feeding_themselves(template)) == {"deliver_webhook"}


def feeding_themselves(template):
    """Yield the functions that may send messages to the queue that they work off."""
    folders = {
        each["Role"]["Fn::GetAtt"][0]: (name, template.rights(each["Role"]["Fn::GetAtt"][0]))
        for name, each in template.functions.items()
    }
    for mapping in template.some("Lambda::EventSourceMapping").values():
        function = template.of("Lambda::Function")[mapping["FunctionName"]["Ref"]]
        name, rights = folders[function["Role"]["Fn::GetAtt"][0]]
        if f"sqs:SendMessage on {template.words(mapping['EventSourceArn'])}" in rights:
            yield name


def test_every_function_has_a_log_that_ends_a_time_out_memory_and_traces(template):
    groups = template.of("Logs::LogGroup")

    for function in template.functions.values():
        assert groups[function["LoggingConfig"]["LogGroup"]["Ref"]]["RetentionInDays"] == 30
        assert function["Timeout"] > 3
        assert function["MemorySize"] >= 512
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_nobody_waits_for_longer_than_api_gateway_does(template):
    for name in ("tasks_api", "files_api", "sign_in"):
        assert template.functions[name]["Timeout"] < 29
    for method in template.some("ApiGateway::Method").values():
        assert method["Integration"].get("TimeoutInMillis", 0) <= 29_000


def paths(template):
    resources = template.of("ApiGateway::Resource")

    def path(reference):
        if "Ref" not in reference:
            return ""
        resource = resources[reference["Ref"]]
        return f"{path(resource['ParentId'])}/{resource['PathPart']}"

    return {
        (each["HttpMethod"], path(each["ResourceId"]) or "/"): each
        for each in template.some("ApiGateway::Method").values()
    }


def test_every_method_needs_an_access_token_but_sign_in_status_preflight_and_what_is_nowhere(template):
    authorizer = template.one("ApiGateway::Authorizer")
    open_doors = {key for key, each in paths(template).items() if each["AuthorizationType"] == "NONE"}
    closed_doors = {key: each for key, each in paths(template).items() if key not in open_doors}

    assert {key for key in open_doors if key[0] != "OPTIONS"} == {
        ("POST", "/v1/signin"),
        ("POST", "/v1/signin/{proxy+}"),
        ("POST", "/v2/signin"),
        ("POST", "/v2/signin/{proxy+}"),
        ("GET", "/v1/status"),
        ("GET", "/v1/status/{proxy+}"),
        ("ANY", "/{proxy+}"),
    }
    assert closed_doors
    assert authorizer["Type"] == "COGNITO_USER_POOLS"
    for method in closed_doors.values():
        assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
        assert method["AuthorizationScopes"] == ["aws.cognito.signin.user.admin"]


def test_each_path_leads_to_its_function(template):
    behind = {
        key: re.search(r"Functions(\w+?)[0-9A-F]{8}", json.dumps(each["Integration"]["Uri"]))[1]
        for key, each in paths(template).items()
        if key[0] != "OPTIONS"
    }

    assert behind == {
        ("ANY", "/v1/file"): "FilesApi",
        ("ANY", "/v1/file/{proxy+}"): "FilesApi",
        ("ANY", "/v1/list"): "FilesApi",
        ("ANY", "/v1/list/{proxy+}"): "FilesApi",
        ("POST", "/v1/signin"): "SignIn",
        ("POST", "/v1/signin/{proxy+}"): "SignIn",
        ("ANY", "/v2/task"): "TasksApi",
        ("ANY", "/v2/task/{proxy+}"): "TasksApi",
        ("POST", "/v2/signin"): "SignIn",
        ("POST", "/v2/signin/{proxy+}"): "SignIn",
        ("GET", "/v1/status"): "TasksApi",
        ("GET", "/v1/status/{proxy+}"): "TasksApi",
        # It has no right to any data.
        ("ANY", "/{proxy+}"): "SignIn",
    }


def test_pictures_pass_the_api_unchanged_whatever_type_a_client_gives_them(template):
    assert template.one("ApiGateway::RestApi")["BinaryMediaTypes"] == ["*/*"]


def test_preflights_are_read_as_text_though_all_bodies_are_binary(template):
    preflights = [each for (method, _), each in paths(template).items() if method == "OPTIONS"]

    assert len(preflights) > len(ROUTES)
    for each in preflights:
        assert (each["Integration"]["Type"], each["Integration"]["ContentHandling"]) == ("MOCK", "CONVERT_TO_TEXT")


def test_no_log_of_the_api_holds_requests_or_tokens(template):
    stage = template.one("ApiGateway::Stage")
    (settings,) = stage["MethodSettings"]

    assert settings["DataTraceEnabled"] is False
    assert not re.search("authorization|token|querystring|header", stage["AccessLogSetting"]["Format"], re.I)
    assert settings["ThrottlingRateLimit"] > 0
    assert stage["TracingEnabled"] is True


def test_the_log_of_the_api_says_which_user_did_what(template):
    fields = json.loads(template.one("ApiGateway::Stage")["AccessLogSetting"]["Format"])

    # `identity.user` is of callers with credentials of AWS, and `resourcePath` is the path of the resource.
    assert fields["user"] == "$context.authorizer.claims.sub"
    assert fields["path"] == "$context.path"
    assert {"ip", "method", "requestId", "status", "time"} < set(fields)


def test_the_firewall_counts_what_the_contract_allows_and_shows_no_samples(template):
    acl = template.one("WAFv2::WebACL")
    groups = [
        each["Statement"]["ManagedRuleGroupStatement"]
        for each in acl["Rules"]
        if "ManagedRuleGroupStatement" in each["Statement"]
    ]
    counted = {each["Name"] for group in groups for each in group.get("RuleActionOverrides", ())}

    assert counted == {
        "NoUserAgent_HEADER",
        "SizeRestrictions_BODY",
        "SizeRestrictions_QUERYSTRING",
        "GenericRFI_BODY",
        "GenericRFI_QUERYARGUMENTS",
        "GenericLFI_BODY",
        "CrossSiteScripting_BODY",
    }
    assert all(each["VisibilityConfig"]["SampledRequestsEnabled"] is False for each in acl["Rules"])
    assert template.one("WAFv2::WebACLAssociation")


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


def test_no_metric_of_the_firewall_has_a_name_that_aws_keeps_for_itself(template):
    acl = template.one("WAFv2::WebACL")
    names = {each["VisibilityConfig"]["MetricName"].lower() for each in (acl, *acl["Rules"])}

    assert not names & {"all", "default_action"}


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


def machines_first_words(template):
    told = template.one("EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    return told if isinstance(told, str) else template.words(told)


class TestGpuLane:
    @pytest.fixture
    def machines(self, template):
        return template.one("Batch::ComputeEnvironment")["ComputeResources"]

    @pytest.fixture
    def job(self, template):
        return template.one("Batch::JobDefinition")

    def test_it_costs_nothing_while_idle(self, machines, template):
        assert (machines["MinvCpus"], machines["Type"]) == (0, "SPOT")
        assert "DesiredvCpus" not in machines
        assert not template.of("EC2::NatGateway")

    def test_its_machines_exist_and_each_holds_one_job(self, machines, job):
        needs = {each["Type"]: int(each["Value"]) for each in job["ContainerProperties"]["ResourceRequirements"]}

        assert all(GPU_MACHINE.fullmatch(each) for each in machines["InstanceTypes"])
        assert machines["Ec2Configuration"] == [{"ImageType": "ECS_AL2023_NVIDIA"}]
        assert job["PlatformCapabilities"] == ["EC2"]
        assert needs == {"GPU": 1, "VCPU": 4, "MEMORY": 12 * 1024}
        assert machines["MaxvCpus"] >= needs["VCPU"]

    def test_what_changes_of_a_machine_reaches_the_next_one(self, template, machines):
        (template_id,) = template.of("EC2::LaunchTemplate")

        # `$Default`, which AWS takes where nothing stands, stays the first version for ever.
        assert machines["LaunchTemplate"]["Version"] == {"Fn::GetAtt": [template_id, "LatestVersionNumber"]}

    def test_a_worker_uses_every_processor_that_it_is_given(self, job):
        told = {each["Name"]: each["Value"] for each in job["ContainerProperties"]["Environment"]}
        needs = {each["Type"]: each["Value"] for each in job["ContainerProperties"]["ResourceRequirements"]}

        assert told["VEIL_THREADS"] == needs["VCPU"]

    def test_only_a_lost_machine_is_worth_the_same_job_again(self, job):
        assert job["RetryStrategy"] == {
            "Attempts": 3,
            "EvaluateOnExit": [
                {"Action": "RETRY", "OnStatusReason": "Host EC2*"},
                {"Action": "EXIT", "OnReason": "*"},
            ],
        }
        assert job["Timeout"]["AttemptDurationSeconds"] == 7200

    def test_its_rights_are_on_the_job_not_on_what_starts_it(self, job):
        container = job["ContainerProperties"]

        assert container["JobRoleArn"] != container["ExecutionRoleArn"]

    def test_its_machines_reach_aws_without_nat(self, template, machines):
        subnets = template.of("EC2::Subnet")
        gateways = {
            str(each["ServiceName"]).split("'")[-2].strip(".") for each in template.of("EC2::VPCEndpoint").values()
        }
        routes = [each for each in template.of("EC2::Route").values() if "GatewayId" in each]

        assert {each["Ref"] for each in machines["Subnets"]} == set(subnets)
        # Public subnets with a route out need no interface endpoints; private ones would need those of ECR,
        # ECS (agent, telemetry), logs, SQS and KMS.
        assert all(each["MapPublicIpOnLaunch"] for each in subnets.values())
        assert len(routes) == len(subnets)
        assert gateways == {"s3", "dynamodb"}

    def test_nobody_gets_in_and_machines_ask_for_tokens(self, template):
        group = template.one("EC2::SecurityGroup")
        options = template.one("EC2::LaunchTemplate")["LaunchTemplateData"]

        assert "SecurityGroupIngress" not in group
        assert not template.of("EC2::SecurityGroupIngress")
        assert {each["ToPort"] for each in group["SecurityGroupEgress"]} == {443}
        assert options["MetadataOptions"] == {"HttpPutResponseHopLimit": 1, "HttpTokens": "required"}
        assert all(each["Ebs"]["Encrypted"] for each in options["BlockDeviceMappings"])

    def test_the_metadata_of_a_machine_are_closed_to_the_workers_user_before_it_gets_work(
        self, template, job, repository
    ):
        """A job's container shares the machine's network: a limit of hops keeps nothing from it."""
        image = (repository / "functions/anonymizer/Dockerfile").read_text()
        message = message_from_string(machines_first_words(template))
        (script,) = (each.get_payload() for each in message.walk() if each.get_content_type() == "text/x-shellscript")
        rule, last_resort = script.splitlines()[1].split(" || ")

        user = job["ContainerProperties"]["User"]
        assert f"useradd --system --uid {user} " in image
        assert (
            rule.split()
            == (
                f"iptables --insert OUTPUT --destination 169.254.169.254 --match owner --uid-owner {user} --jump REJECT"
            ).split()
        )
        assert last_resort.startswith("shutdown")

    def test_a_job_that_never_gets_a_machine_ends(self, template):
        actions = template.one("Batch::JobQueue")["JobStateTimeLimitActions"]

        assert {each["State"] for each in actions} == {"RUNNABLE"}
        assert {each["MaxTimeSeconds"] for each in actions} == {3600}
        assert len(actions) == 3

"""What the gateway lets through, whom it asks for a token, and what it writes down."""

import json
import re

from infra.routes import ROUTES


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


# Who calls these shows an API key, or a URL of ours, to the function behind.
JOBS = {
    *(
        ("ANY", f"/v1/{name}{below}")
        for name in ("create_upload_session", "start_upload", "notify_on_job_status")
        for below in ("", "/{proxy+}")
    ),
    *(
        ("ANY", f"/v1/{name}/{{proxy+}}")
        for name in ("approve_job", "cancel_job", "direct_upload", "get_job_result", "job_result")
    ),
}
BLOCKS = ("ANY", "/v1/upload_session/{proxy+}")


def test_every_method_needs_an_access_token_but_jobs_sign_in_status_preflight_and_what_is_nowhere(template):
    authorizer = template.one("ApiGateway::Authorizer")
    open_doors = {key for key, each in paths(template).items() if each["AuthorizationType"] == "NONE"}
    closed_doors = {key: each for key, each in paths(template).items() if key not in open_doors}

    assert {key for key in open_doors if key[0] != "OPTIONS"} == {
        *JOBS,
        BLOCKS,
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
        **dict.fromkeys(JOBS, "JobsApi"),
        BLOCKS: "UploadBlocks",
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


def test_no_metric_of_the_firewall_has_a_name_that_aws_keeps_for_itself(template):
    acl = template.one("WAFv2::WebACL")
    names = {each["VisibilityConfig"]["MetricName"].lower() for each in (acl, *acl["Rules"])}

    assert not names & {"all", "default_action"}

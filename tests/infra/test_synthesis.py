"""Synthesis needs nothing but this checkout, and always makes the same template."""

import json

import pytest

# Parts of something else: an account may have their names more than once.
PARTS = {"AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Stage", "AWS::IAM::Policy"}


def test_it_needs_no_environment_and_says_nothing(synthesis):
    assert (synthesis.exit_code, synthesis.said) == (0, "")


def test_two_runs_make_the_same_bytes(synthesis, checked):
    assert synthesis.text == checked.text


def test_the_template_names_no_account_and_no_region(synthesis):
    manifest = json.loads((synthesis.folder / "manifest.json").read_text())

    assert manifest["artifacts"]["Veil"]["environment"] == "aws://unknown-account/unknown-region"


def test_deploying_tells_nobody_but_the_account(repository):
    settings = json.loads((repository / "cdk.json").read_text())

    assert settings["context"]["cli-telemetry"] is False
    assert settings["notices"] is False
    assert settings["versionReporting"] is False


def test_no_lookup_is_left_open(synthesis):
    assert "missing" not in json.loads((synthesis.folder / "manifest.json").read_text())


MIRROR = "https://models.example.com/veil"


@pytest.fixture(scope="module")
def other(synthesize):
    """A stack without the GPU lane, as by default, that differs in all else that settings can change of its shape."""
    return synthesize(
        waf="false",
        keep_data="false",
        retention_days="7",
        name="veil-two",
        models_mirror=MIRROR,
        domain_name="veil.example.com",
        certificate_arn="arn:aws-us-gov:acm:us-gov-east-1:123456789012:certificate/1",
    )


def test_settings_reach_the_template(other):
    body = json.loads(other.text)
    kinds = {each["Type"] for each in body["Resources"].values()}
    assert other.exit_code == 0, other.said
    assert not {"AWS::Batch::JobQueue", "AWS::Budgets::Budget", "AWS::EC2::VPC", "AWS::WAFv2::WebACL"} & kinds
    kept = {each["Type"] for each in body["Resources"].values() if each.get("DeletionPolicy") == "Retain"}
    # API Gateway has one logging role for all APIs of an account: taking it away would silence the others.
    assert kept == {"AWS::ApiGateway::Account", "AWS::IAM::Role"}
    (image,) = sources_of_images(other)
    assert image["dockerBuildArgs"] == {"MODEL_PACKS": "street", "MODELS_MIRROR": MIRROR}


def test_without_a_gpu_lane_every_image_takes_the_express_lane_or_is_refused_in_time(other):
    functions = {
        each["Properties"]["Environment"]["Variables"].get("POWERTOOLS_SERVICE_NAME"): each["Properties"]
        for each in json.loads(other.text)["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function" and "Environment" in each["Properties"]
    }
    told = functions["on_upload"]["Environment"]["Variables"]
    anonymizer = functions["anonymizer"]

    assert told["VEIL_BATCH_QUEUE"] == told["VEIL_EXPRESS_QUEUE"]
    # What a function has the time for.
    assert (told["VEIL_VIDEO_LIMIT_BYTES"], told["VEIL_VIDEO_LIMIT_PIXELS"]) == ("100000000", "1000000000")
    # What a new account may have, and what was measured to fit it (infra/config.py).
    assert (anonymizer["MemorySize"], anonymizer["Environment"]["Variables"]["VEIL_MAX_ROOM"]) == (3008, "109000000")


def test_a_domain_of_ones_own_tells_where_its_cname_goes(other):
    target = json.loads(other.text)["Outputs"]["DomainTarget"]["Value"]["Fn::GetAtt"]

    assert target[1] == "RegionalDomainName"


def test_a_stack_is_protected_from_deletion_where_its_data_is_kept(synthesis, other):
    def protected(folder):
        properties = json.loads((folder / "manifest.json").read_text())["artifacts"]["Veil"]["properties"]
        return properties.get("terminationProtection", False)

    assert (protected(synthesis.folder), protected(other.folder)) == (True, False)


def physical_names(resources):
    """Yield every name that an account has once and that the template gives, with the type of what has it."""
    for each in resources:
        kind, properties = each["Type"].rpartition("::")[2], each.get("Properties", {})
        if each["Type"] not in PARTS:
            yield from ((kind, properties[key]) for key in ("Name", f"{kind}Name") if key in properties)
        if kind == "Function" and "Environment" in properties:  # CDK's own, which empties the bucket, has none
            yield "namespace", properties["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        elif kind == "Alarm" and "Namespace" in properties and not properties["Namespace"].startswith("AWS/"):
            yield "namespace", properties["Namespace"]


@pytest.mark.slow
def test_two_stacks_of_an_account_share_no_name(synthesis, other):
    def names(made):
        found = physical_names(json.loads(made.text)["Resources"].values())
        return {(kind, name) for kind, name in found if isinstance(name, str)}

    assert {kind for kind, _ in names(synthesis)} >= {"EventBus", "namespace"}
    assert names(synthesis) & names(other) == set()


def sources_of_images(synthesis):
    assets = json.loads((synthesis.folder / "Veil.assets.json").read_text())
    return [image["source"] for image in assets["dockerImages"].values()]


def test_the_image_is_built_from_its_own_sources_only(synthesis):
    sources = sources_of_images(synthesis)

    assert {source["dockerBuildTarget"] for source in sources} == {"express", "gpu"}
    for source in sources:
        context = synthesis.folder / source["directory"]
        assert {each.name for each in context.iterdir()} == {"functions", "layers", "requirements"}
        assert {each.name for each in (context / "functions").iterdir()} == {"anonymizer"}
        assert not list(context.rglob("__pycache__"))

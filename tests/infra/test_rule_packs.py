"""What tools find that others wrote, each with a control that shows that it looked."""

import json
import re

import pytest

CDK_ADDS_NEEDLESS_DEPENDENCIES = "W3005"
# They compare the runtime's end with the day of the run: a template that nobody touched would fail one morning.
LOOK_AT_THE_DATE = ("E2531", "E2533", "W2531")
OF_THE_RULE = {"AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"}

MORE_REGIONS = ["eu-west-1", "us-west-2", "eu-central-1", "ap-southeast-2", "sa-east-1"]


def linted(text, regions=("us-east-1",)):
    # Every process imports every file of tests, and cfn-lint takes seconds: only these tests pay for it.
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    ignored = [CDK_ADDS_NEEDLESS_DEPENDENCIES, *LOOK_AT_THE_DATE]
    return lint(text, config=ManualArgs(regions=list(regions), ignore_checks=ignored))


def test_cfn_lint_finds_neither_errors_nor_warnings(synthesis):
    assert [str(each) for each in linted(synthesis.text)] == []


@pytest.mark.slow
def test_cfn_lint_finds_nothing_in_more_regions_either(synthesis):
    assert [str(each) for each in linted(synthesis.text, MORE_REGIONS)] == []


@pytest.mark.slow
def test_cfn_lint_finds_where_a_region_has_not_every_kind_of_resource(synthesis):
    found = {str(each.message).split("'")[1] for each in linted(synthesis.text, ["us-gov-west-1"])}

    assert "AWS::Pipes::Pipe" in found


def test_cfn_lint_finds_a_queue_that_shows_a_message_while_its_function_still_runs(synthesis):
    broken = json.loads(synthesis.text)
    for name, resource in list(broken["Resources"].items()):
        if resource["Type"] not in OF_THE_RULE:
            del broken["Resources"][name]
        if name.startswith("ExpressLaneWorkQueue") and resource["Type"] == "AWS::SQS::Queue":
            resource["Properties"]["VisibilityTimeout"] = 10

    assert "E3505" in {each.rule.id for each in linted(json.dumps(broken))}


def found_in(checked, stack):
    """Return the rules of which a stack has findings, without their subject."""
    return {rule.partition("[")[0] for rule, where in checked.findings if where.startswith(f"{stack}/")}


def test_both_packs_of_cdk_nag_find_nothing_but_what_is_acknowledged(checked):
    assert found_in(checked, "Veil") == set()


def test_without_the_acknowledgements_both_packs_find_something(checked):
    assert checked.exit_code != 0
    assert {"AwsSolutions-COG4", "AwsSolutions-S1", "Serverless-LambdaDLQ"} <= found_in(checked, "Bare")


def test_no_acknowledgement_is_left_over(checked, repository):
    source = (repository / "infra/acknowledgements.py").read_text()

    assert set(re.findall(r"::((?:AwsSolutions|Serverless)-[A-Z]\w+)", source)) <= found_in(checked, "Bare")

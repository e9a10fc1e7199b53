"""What tools find that others wrote, each with a control that shows that it looked."""

import json
import re

from cfnlint.api import lint
from cfnlint.config import ManualArgs

CDK_ADDS_NEEDLESS_DEPENDENCIES = "W3005"
# They compare the runtime's end with the day of the run: a template that nobody touched would fail one morning.
LOOK_AT_THE_DATE = ("E2531", "E2533", "W2531")


def linted(text):
    ignored = [CDK_ADDS_NEEDLESS_DEPENDENCIES, *LOOK_AT_THE_DATE]
    return lint(text, config=ManualArgs(regions=["us-east-1", "eu-west-1"], ignore_checks=ignored))


def test_cfn_lint_finds_neither_errors_nor_warnings(synthesis):
    assert [str(each) for each in linted(synthesis.text)] == []


def test_cfn_lint_finds_a_queue_that_shows_a_message_while_its_function_still_runs(synthesis):
    broken = json.loads(synthesis.text)
    for name, resource in broken["Resources"].items():
        if name.startswith("ExpressLaneWorkQueue") and resource["Type"] == "AWS::SQS::Queue":
            resource["Properties"]["VisibilityTimeout"] = 10

    assert "E3505" in {each.rule.id for each in linted(json.dumps(broken))}


def test_both_packs_of_cdk_nag_find_nothing_but_what_is_acknowledged(syntheses):
    checked = syntheses["checked"]

    assert checked.exit_code == 0, checked.said
    assert checked.findings == set()


def test_without_the_acknowledgements_both_packs_find_something(syntheses):
    bare = syntheses["bare"]
    found = {rule.partition("[")[0] for rule, _ in bare.findings}

    assert bare.exit_code != 0
    assert {"AwsSolutions-COG4", "AwsSolutions-S1", "Serverless-LambdaDLQ"} <= found


def test_no_acknowledgement_is_left_over(syntheses, repository):
    found = {rule.partition("[")[0] for rule, _ in syntheses["bare"].findings}
    source = (repository / "infra/acknowledgements.py").read_text()

    assert set(re.findall(r"::((?:AwsSolutions|Serverless)-[A-Z]\w+)", source)) <= found

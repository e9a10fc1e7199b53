"""What checkov and hadolint find, each with a control that shows that it looked; .venv-lint is their environment.

checkov is given everything that is shipped: the template, the Dockerfile, and all sources to look for
secrets in. What stays and why is said in infra/checkov_findings.py and in the Dockerfile. It takes most of a minute and
an environment of its own, so `make test-slow` does it.
"""

import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.slow

SOURCES = ("docs", "functions", "infra", "layers")
NOT_TEXT = shutil.ignore_patterns("__pycache__", "*.onnx", "*.jpg", "*.png", "*.egg-info")
BAD_DOCKERFILE = """\
FROM debian:latest
RUN apt-get install python3
RUN cd /tmp && sudo pip install --trusted-host example.org veil
"""
# Written in two parts, so that this file holds no secret.
LEAKED = f'PASSWORD = "AKIA{"QWERTZUIOPASDFGH"}"\nsecret = "{"wJalrXUtnFEMI/K7MDENG"}/bPxRfiCYQ1x5Kr7LmN"\n'


@pytest.fixture(scope="module")
def tool(repository):
    """Returns the path of a linter."""

    def path(name):
        found = repository / ".venv-lint/bin" / name
        if not found.exists():
            report = pytest.fail if "CI" in os.environ else pytest.skip
            report(f"{name} is not in .venv-lint; `make lint-tools` installs it")
        return found

    return path


@pytest.fixture(scope="module")
def verdicts(tool, repository, synthesis, checked, tmp_path_factory):
    """What checkov says of what we ship, and of the same without our reasons and with mistakes put in."""
    checkov = tool("checkov")
    ours, broken = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("broken")
    for source in SOURCES:
        shutil.copytree(repository / source, ours / source, ignore=NOT_TEXT)
    (ours / "Veil.template.json").write_text(synthesis.text)
    (broken / "Veil.template.json").write_text(
        json.dumps(_broken(json.loads((checked.folder / "Bare.template.json").read_text())))
    )
    (broken / "Dockerfile").write_text(BAD_DOCKERFILE)
    (broken / "settings.py").write_text(LEAKED)
    with ThreadPoolExecutor(2) as pool:
        return dict(
            zip(("ours", "broken"), pool.map(lambda folder: _judge(checkov, folder), (ours, broken)), strict=True)
        )


def _judge(checkov, folder):
    """Return which rules passed, failed or were skipped, each with the resource that it looked at."""
    asked = ["--framework", "cloudformation", "dockerfile", "secrets", "--enable-secret-scan-all-files"]
    answer = ["--skip-download", "--compact", "--output", "json"]
    done = subprocess.run([checkov, "--directory", folder, *asked, *answer], capture_output=True, text=True)
    reports = json.loads(done.stdout)
    found = {kind: set() for kind in ("passed", "failed", "skipped")}
    for report in reports if isinstance(reports, list) else [reports]:
        for kind, rules in found.items():
            rules |= {(each["check_id"], each["resource"]) for each in report["results"][f"{kind}_checks"]}
    return found


def _broken(template):
    """Return the template with three mistakes."""
    for each in template["Resources"].values():
        if each["Type"] == "AWS::S3::Bucket":
            del each["Properties"]["PublicAccessBlockConfiguration"]
        elif each["Type"] == "AWS::ApiGateway::Method":
            each["Properties"]["AuthorizationType"] = "NONE"
        elif each["Type"] == "AWS::DynamoDB::Table":
            del each["Properties"]["PointInTimeRecoverySpecification"]
    return template


def rules(pairs):
    return {rule for rule, _ in pairs}


def test_checkov_finds_nothing_but_what_we_explain(verdicts):
    ours = verdicts["ours"]

    assert ours["failed"] == set()
    assert len(ours["passed"]) > 300


def test_checkov_finds_what_is_put_into_template_dockerfile_and_sources(verdicts):
    in_template = {"CKV_AWS_53", "CKV_AWS_59", "CKV_AWS_28"}
    in_dockerfile = {"CKV_DOCKER_7", "CKV2_DOCKER_1", "CKV2_DOCKER_4"}
    in_sources = {"CKV_SECRET_2"}

    assert in_template | in_dockerfile | in_sources <= rules(verdicts["broken"]["failed"])


def test_no_explanation_is_left_over(verdicts):
    without_reasons = rules(verdicts["broken"]["failed"])

    assert rules(verdicts["ours"]["skipped"]) <= without_reasons


def lint(tool, dockerfile):
    done = subprocess.run([tool("hadolint"), "--format", "json", dockerfile], capture_output=True, text=True)
    return {each["code"] for each in json.loads(done.stdout)}


def test_hadolint_finds_nothing_in_the_dockerfile(tool, repository):
    assert lint(tool, repository / "functions/anonymizer/Dockerfile") == set()


def test_hadolint_finds_what_is_put_in(tool, tmp_path):
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(BAD_DOCKERFILE)

    assert {"DL3003", "DL3004", "DL3007", "DL3008"} <= lint(tool, dockerfile)

"""docs/operations.md, line by line: what the emulated cloud has is run, what only AWS has is read as AWS reads it."""

import os
import re
import shlex
import subprocess
import sys
from uuid import uuid4

import pytest

from tests.cloud.conftest import ANA
from tests.cloud.emulation.aws_commands import read_command
from tests.cloud.emulation.endpoint import OPERATOR
from tests.cloud.emulation.template import REGION, STACK
from veil.cli import main

SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# `aws s3` and `wait` are programs of the CLI's own, not calls of an API.
NO_CALL_OF_AN_API = re.compile(r"aws s3 rm|aws dynamodb wait")
NOT_OURS = ("make ", "npx ")


@pytest.fixture(scope="module")
def guide(repository):
    return (repository / "docs/operations.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lines(guide):
    """Every line of the guide's shell blocks, by section."""
    return {
        title: [line for kind, block in BLOCK.findall(text) if kind == "console" for line in block.splitlines()]
        for title, text in SECTION.findall(guide)
    }


@pytest.fixture
def filled(cloud):
    """Fills in what the guide leaves to its reader."""
    outputs = {name: cloud.template.resolve(each["Value"]) for name, each in cloud.template.outputs.items()}
    words = {
        "POOL": outputs["UserPool"],
        "TABLE": outputs["Table"],
        "TOPIC": outputs["AlarmTopic"],
        "ADDRESS": cloud.url,
        "ana": "carla",
        "eu-central-1": REGION,
    }
    return lambda line: re.sub(rf"\b({'|'.join(words)})\b", lambda found: words[found[1]], line)


@pytest.fixture
def operator(cloud, monkeypatch):
    """Lets this process be the operator at the emulated cloud."""
    told = {"AWS_ACCESS_KEY_ID": OPERATOR, "AWS_SECRET_ACCESS_KEY": "-", "AWS_ENDPOINT_URL": cloud.endpoint.url}
    for name, value in (told | {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "VEIL_STACK": STACK}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("veil.cli.cloud.read_password", lambda **_: ANA[1])
    monkeypatch.setattr("veil.cli.cloud_check.read_password", lambda **_: ANA[1])


@pytest.fixture
def run(operator, filled, cloud):
    """Runs a line of the guide; returns the answer of `aws`, or the exit code of `veil`."""

    def one(line):
        if line.startswith("aws "):
            return read_command(filled(line)).call(cloud.clients)
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(filled(line))[1:])
        return ended.value.code or 0

    return one


def test_every_line_is_a_program_that_is_known_here(lines):
    unknown = [
        line
        for section in lines.values()
        for line in section
        if not line.startswith(("aws ", ".venv/bin/veil cloud ", *NOT_OURS))
    ]

    assert unknown == []


def test_every_call_of_aws_is_well_formed(lines):
    calls = [line for section in lines.values() for line in section if line.startswith("aws ")]
    calls = [line.replace("MAPPING", str(uuid4())) for line in calls]
    read = [read_command(line) for line in calls if not NO_CALL_OF_AN_API.match(line)]

    assert len(read) >= 18


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("aws dynamodb delete-tabel --table-name x", "no operation delete-tabel"),
        ("aws dynamodb delete-table --tablename x", "no option --tablename"),
        ("aws dynamodb delete-table", "Missing required parameter"),
    ],
)
def test_a_mistake_in_a_line_would_be_seen(line, words):
    with pytest.raises(Exception, match=words):
        read_command(line)


def test_users_are_added_kept_out_let_in_and_taken_away(lines, run, cloud, new_client):
    add, disable, enable, delete = lines["Users"]
    as_carla = ("carla", ANA[1])

    assert run(add) == 0
    assert new_client(cloud, as_carla).token
    run(disable)
    assert not cloud.clients("cognito-idp").admin_get_user(UserPoolId=cloud.one("Cognito::UserPool"), Username="carla")[
        "Enabled"
    ]
    run(enable)
    assert new_client(cloud, as_carla).token
    run(delete)
    assert new_client(cloud).sign_in(*as_carla).status_code == 401


def test_keys_are_added_listed_credited_and_disabled(lines, run):
    assert [run(line) for line in lines["API keys"]] == [0, 0, 0, 0]


def test_what_rings_and_who_is_told_is_shown(lines, run):
    ringing, told = lines["Watch"]

    assert "MetricAlarms" in run(ringing)
    assert "Subscriptions" in run(told)


def test_replays_are_run_as_they_stand(lines, run):
    assert [run(line) for line in lines["Replaying"]] == [0, 0, 0, 0]


@pytest.fixture
def done(ana, portrait):
    """Two tasks that are done, and who may see them."""
    tasks = [ana.submit(portrait) for _ in range(2)]
    for each in tasks:
        ana.ended(each)
    return ana, *tasks


@pytest.fixture
def copy_back(guide, filled, operator):
    """Runs the guide's own program."""
    (script,) = [block for kind, block in BLOCK.findall(guide) if kind == "python"]
    return lambda: subprocess.run([sys.executable, "-c", filled(script)], check=True, env=os.environ)


def lose(task_id, cloud):
    """Delete a task's record, as nobody but an accident does."""
    dynamodb, table = cloud.clients("dynamodb"), cloud.one("DynamoDB::Table")
    items = [each for each in dynamodb.scan(TableName=table)["Items"] if str(task_id) in each["sk"].get("S", "")]
    for item in items:
        dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})
    assert items


def test_a_task_whose_record_was_lost_is_back_after_restoring(lines, run, copy_back, cloud, done):
    ana, lost, kept = done
    restore, _, delete = lines["Restoring"]

    run(restore)
    lose(lost, cloud)
    assert ana.call("GET", f"/v2/task/{lost}/status").status_code != 200
    copy_back()
    run(delete)

    assert [ana.status(each)["task_status"] for each in (lost, kept)] == ["done", "done"]

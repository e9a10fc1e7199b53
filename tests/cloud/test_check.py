"""`veil cloud check` is green on our template, and its line is red where something is broken on purpose."""

import json
from types import SimpleNamespace
from uuid import uuid4

import pytest

from tests.cloud.conftest import ANA
from tests.cloud.emulation.rest_event import PlainRequest
from tests.cloud.emulation.template import REGION, STACK
from veil.adapters.aws.api_keys import DynamoApiKeys
from veil.adapters.aws.table import Table
from veil.adapters.clock import SystemClock
from veil.cli import main
from veil.use_cases.api_keys import add_key

WEBHOOK = "https://hooks.example.org"


@pytest.fixture
def check(cloud, monkeypatch, capsys):
    """Runs `veil cloud check --json` as the operator and returns the exit code and every step by its name."""

    def run(*options, password=ANA[1]):
        monkeypatch.setattr("veil.cli.cloud_check.read_password", lambda **_: password)
        arguments = ["cloud", "check", cloud.url, "--user", ANA[0], "--json", "--patience", "100", *options]
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        told = json.loads(capsys.readouterr().out)
        assert told["passed"] is (ended.value.code == 0)
        return told["passed"], {each["name"]: each for each in told["steps"]}

    for name, value in {"AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "-"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint.url)
    monkeypatch.setenv("VEIL_STACK", STACK)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    return run


@pytest.fixture
def api_key(cloud):
    """The secret of a key without credits."""
    told = SimpleNamespace(dynamodb=cloud.clients("dynamodb"))
    keys = DynamoApiKeys(Table(told, cloud.one("DynamoDB::Table"), SystemClock()))
    return add_key(f"checked {uuid4()}", keys=keys, clock=SystemClock()).secret


def as_text(*, body, **request):
    """Return a request as a gateway passes it on that was not told that bodies are binary."""
    return PlainRequest(body=body.decode(errors="replace").encode(), **request)


def not_ok(steps):
    return {name: (each["outcome"], each["reason"]) for name, each in steps.items() if each["outcome"] != "ok"}


def test_our_template_passes_every_step_and_nothing_is_left_of_the_check(check, cloud, api_key):
    before = set(cloud.objects())

    passed, steps = check("--region", REGION, "--webhook", f"{WEBHOOK}/check", "--key", api_key)

    assert not_ok(steps) == {}
    assert (passed, len(steps)) == (True, 23)
    assert set(cloud.objects()) <= before
    assert cloud.endpoint.denials == []


@pytest.mark.slow
def test_without_an_account_to_ask_the_api_is_checked_alone(check, cloud):
    passed, steps = check(password="wrong")

    assert not passed
    assert steps["sign-in"]["reason"] == (
        "POST /v2/signin answered 401 Could not sign in. The user name or the password is wrong., not 200"
    )
    assert steps["refusals"]["outcome"] == steps["preflight"]["outcome"] == "ok"
    assert steps["task"] == {
        "name": "task",
        "outcome": "skipped",
        "reason": "not checked: it needs the step 'sign-in'",
        "seconds": 0.0,
    }
    assert steps["clean-up"]["reason"] == "not checked: nothing was made"
    assert steps["account"]["reason"] == "not checked: say where the stack is with --region"
    assert steps["alarms"]["outcome"] == "skipped"


def test_each_fault_of_access_and_account_turns_its_own_line_red(check, cloud, receiver, monkeypatch):
    monkeypatch.setattr("tests.cloud.emulation.gateway._short", lambda path: path)
    closed = {"/v1/signin/{proxy+}", "/v2/signin/{proxy+}", "/v1/list/{proxy+}", "/v1/status/{proxy+}", "/{proxy+}"}
    doors = [each for each in cloud.gateway._doors if each.method != "OPTIONS" and each.path not in closed]
    monkeypatch.setattr(cloud.gateway, "_doors", doors)
    monkeypatch.setitem(cloud.endpoint.operators.quotas, "L-B99A9384", 10.0)
    alarm = next(iter(cloud.template.of("CloudWatch::Alarm")))
    cloud.clients("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    receiver.answers.append(410)

    passed, steps = check("--region", REGION, "--webhook", f"{WEBHOOK}/check-gone", "--no-video")

    cloud.clients("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")
    seen = not_ok(steps)
    assert not passed
    assert {name for name, (outcome, _) in seen.items() if outcome == "failed"} == {
        "sign-in, slash at the end",
        "paths, slash at the end",
        "preflight",
        "upload, preflight",
        "webhook",
        "quota of executions",
        "alarms",
    }
    assert seen["webhook"][1] == "The receiver refused the call"
    assert seen["alarms"][1] == f"These ring: {alarm}"
    assert "10, and the settings may take" in seen["quota of executions"][1]
    assert seen["paths, slash at the end"][1].startswith("GET /v2/task/ answered 40")


@pytest.mark.slow
def test_uploads_that_nobody_hears_of_and_a_gateway_that_reads_pictures_as_text(check, cloud, monkeypatch):
    monkeypatch.setattr(cloud.endpoint, "object_created", lambda _bucket, _key: None)
    monkeypatch.setattr("tests.cloud.emulation.gateway.PlainRequest", as_text)

    passed, steps = check("--patience", "1", "--no-video")

    seen = not_ok(steps)
    assert not passed
    assert seen["photo"] == ("failed", "task_status is still 'new' after 1 s")
    assert seen["download"] == ("skipped", "not checked: it needs the step 'photo'")
    assert seen["v1 file"][0] == "failed"
    assert steps["clean-up"]["outcome"] == "ok"


def test_no_line_tells_a_password_a_token_or_a_signed_url(check, cloud, monkeypatch):
    _, steps = check("--patience", "1", password="wrong")

    told = json.dumps(steps)
    assert not [word for word in (ANA[1], "wrong-and-more", "Signature=", "eyJ") if word in told]

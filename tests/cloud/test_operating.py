"""An operator adds users and makes good what went wrong, with `veil cloud`."""

import io
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.cloud.emulation.endpoint import OPERATOR
from tests.cloud.emulation.template import REGION, STACK
from tests.e2e.client import Client, wait_until
from veil.cli import main
from veil.cli.console import out

WEBHOOK = "https://hooks.example.org"


@pytest.fixture
def veil(cloud, monkeypatch, capsys):
    """Runs `veil cloud` with the operator's credentials, and returns what it prints."""
    keys = {"AWS_ACCESS_KEY_ID": OPERATOR, "AWS_SECRET_ACCESS_KEY": "-", "AWS_ENDPOINT_URL": cloud.endpoint.url}
    for name, value in (keys | {"AWS_REGION": REGION, "VEIL_STACK": STACK}).items():
        monkeypatch.setenv(name, value)
    # The console reads how wide a terminal is once, when it is made; test processes have narrow ones.
    monkeypatch.setattr(out, "width", 200)

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["cloud", *arguments])
        printed = capsys.readouterr()
        assert not ended.value.code, printed.err
        return printed.out

    return run


def calls_of(receiver, path):
    return [json.loads(body) for where, _, body in receiver.calls if where == path]


def test_a_user_who_was_added_signs_in_at_once(veil, cloud):
    said = veil("add-user", "carla@example.com", "--password-stdin", stdin="Battery-Staple-9\n")

    assert said == "User carla@example.com was created.\n"
    assert Client(cloud.url).sign_in("carla@example.com", "Battery-Staple-9").status_code == 200


def test_a_key_is_added_shown_once_listed_credited_and_disabled(veil, cloud):
    secret = veil("keys", "add", "operated", "--credits", "100", "--user", "ana").strip()
    listed = veil("keys", "list")
    credited = veil("keys", "credit", "operated", "50")
    disabled = veil("keys", "disable", "operated")

    ana = cloud.clients("cognito-idp").admin_get_user(UserPoolId=cloud.one("Cognito::UserPool"), Username="ana")
    assert str(UUID(secret)) == secret
    assert secret not in listed
    assert next(each["Value"] for each in ana["UserAttributes"] if each["Name"] == "sub") in listed
    assert credited == "API key operated has 150 credits.\n"
    assert disabled == "API key operated is disabled.\n"
    assert "disabled" in veil("keys", "list")


def test_a_webhook_that_was_given_up_is_called_again_on_command(veil, ana, portrait, receiver, eventually):
    receiver.answers.append(410)
    task_id = ana.submit(portrait, webhook=f"{WEBHOOK}/given-up")
    ana.ended(task_id)
    eventually(lambda: ana.status(task_id)["webhook_status"] == "failed", what="giving up")

    # Tests of other files leave dead letters of their own.
    (given_up,) = re.findall(rf"evt_{task_id}_\d+", veil("webhooks"))
    assert veil("replay-webhooks", given_up) == "1 will be called again.\n"

    eventually(lambda: ana.status(task_id)["webhook_status"] == "sent", what="the second call")
    assert len(calls_of(receiver, "/given-up")) == 2
    assert given_up not in veil("webhooks")


def test_dead_letters_go_back_and_are_handled_once_what_broke_is_mended(veil, cloud, ana, portrait):
    task = ana.create()
    heard, cloud.endpoint.object_created = cloud.endpoint.object_created, lambda _bucket, _key: None
    ana.upload(task, portrait)
    cloud.endpoint.object_created = heard
    event = {"detail": {"object": {"key": f"{task['customer_id']}/{task['task_id']}/original"}}}
    dead = cloud.queue("UploadsDeadLetters")
    cloud.clients("sqs").send_message(QueueUrl=dead, MessageBody=json.dumps(event))
    assert any("uploadsDeadLetters" in each for each in cloud.alarms())

    assert "UploadsDeadLetters" in veil("redrive")

    assert ana.ended(task["task_id"])["task_status"] == "done"
    assert veil("redrive") == "There are no dead letters.\n"


def test_events_that_no_rule_heard_are_replayed(veil, cloud, ana, portrait, receiver):
    began = datetime.now(UTC) - timedelta(seconds=1)
    with cloud.buses.deaf(cloud.one("Events::EventBus")):
        task_id = ana.submit(portrait, webhook=f"{WEBHOOK}/replayed")
        ana.ended(task_id)
        wait_until(lambda: cloud.buses.has_put("task.done", task_id), what="the event")

    assert "has begun" in veil("replay-events", "--since", f"{began:%Y-%m-%dT%H:%M:%S}")

    wait_until(lambda: ana.status(task_id)["webhook_status"] == "sent", what="the call")
    assert len(calls_of(receiver, "/replayed")) == 1


@pytest.mark.slow
def test_a_target_that_keeps_failing_is_tried_again_then_its_event_is_kept_and_an_alarm_rings(
    deployed, new_client, eventually
):
    def break_it(resources):
        for name, each in resources.items():
            if each["Type"] == "AWS::Lambda::Function" and name.startswith("FunctionsOnDeletion"):
                del each["Properties"]["Environment"]["Variables"]["VEIL_BUCKET"]

    with deployed(break_it) as cloud:
        ana = new_client(cloud)
        task = ana.create()
        assert not [each for each in cloud.alarms() if "lost" in each]

        ana.call("DELETE", f"/v2/task/{task['task_id']}")

        eventually(lambda: cloud.messages("LostEvents") == 1, what="the end of all tries")
        assert cloud.functions["on_deletion"].log().count("VEIL_BUCKET") >= 3
        assert [each for each in cloud.alarms() if "lost" in each]

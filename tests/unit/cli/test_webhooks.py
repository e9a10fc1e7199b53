from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from veil.cli.console import out
from veil.domain.causes import FailureCause
from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task, WebhookStatus
from veil.node.stores import NodeStores

URL = "https://hook.example/secret-path?token=secret-token"


@pytest.fixture
def stores(tmp_path, veil):
    """A node with a dead letter `evt_7_2`."""
    stores = NodeStores.open(tmp_path / "d")
    now = datetime.now(UTC)
    created = Task.create(owner="ana", task_id=7, policy=Policy(face=ClassRule(hide=True)), webhook=URL, now=now)
    stores.tasks.add(created)
    failed = created.task.failed(FailureCause.TASK_FILE_DOESNT_EXIST, now)
    stores.tasks.save(failed)
    stores.tasks.update(failed.task.with_webhook_status(WebhookStatus.FAILED))
    letter = Delivery(
        delivery_id="evt_7_2",
        owner="ana",
        task_id=7,
        url=URL,
        first_due_at=now - timedelta(days=1),
        due_at=now,
        state=DeliveryState.DEAD,
        attempts=9,
        last_error="503 [red] from\x1b[31m hook.example",
    )
    stores.deliveries.add(letter)
    return stores


def test_dead_letters_are_listed_without_their_secrets(veil, stores):
    shown = veil("webhooks", "list", "--data", "d").out

    assert all(part in shown for part in ("evt_7_2", "hook.example", "9", "503 [red]"))
    assert "secret" not in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_a_replay_has_to_name_is_shown_whole_however_narrow_the_terminal(veil, stores, monkeypatch, is_terminal):
    long = "evt_8a1956e9-8b6a-4b6a-84c9-9ebc1cffa890_6"
    stores.deliveries.add(replace(stores.deliveries.get("evt_7_2"), delivery_id=long))
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(out, "_force_terminal", is_terminal)

    shown = veil("webhooks", "list", "--data", "d").out

    assert f" {long} " in shown
    assert ("503 [red] from\\x1b[31m hook.example" in shown) is not is_terminal


@pytest.mark.parametrize("which", ["--all", "evt_7_2"])
def test_a_dead_letter_is_replayed(which, veil, stores):
    answer = veil("webhooks", "replay", which, "--data", "d")

    assert (answer.code, answer.out) == (0, "1 will be called again.\n")
    assert stores.deliveries.get("evt_7_2").state is DeliveryState.PENDING
    assert "There are no dead letters" in veil("webhooks", "list", "--data", "d").out


@pytest.mark.parametrize("which", [[], ["--all", "evt_7_2"], ["evt_0_0"]])
def test_a_replay_of_nothing_of_two_things_or_of_what_is_not_there_is_refused(which, veil, stores):
    answer = veil("webhooks", "replay", *which, "--data", "d")

    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert stores.deliveries.get("evt_7_2").state is DeliveryState.DEAD


def test_an_account_has_a_webhook_secret_of_its_own(veil, stores):
    for name in ("ana", "bob"):
        stores.accounts.add(name, "correct horse battery")

    secrets = [veil("webhooks", "secret", name, "--data", "d").out for name in ("ana", "ANA", "bob")]

    assert all(each.startswith("whsec_") for each in secrets)
    assert secrets[0] == secrets[1] != secrets[2]
    assert veil("webhooks", "secret", "eve", "--data", "d").err == "error: There is no account eve.\n"


def test_an_api_key_signs_with_the_secret_of_its_owner(veil, stores):
    stores.accounts.add("ana", "correct horse battery")
    for label, user in (("anas", ["--user", "ana"]), ("own", [])):
        assert veil("keys", "add", label, *user, "--data", "d").code == 0

    of_ana = veil("webhooks", "secret", "ana", "--data", "d").out
    of_keys = [veil("webhooks", "secret", label, "--key", "--data", "d").out for label in ("anas", "own")]

    assert of_keys[0] == of_ana != of_keys[1]
    assert veil("webhooks", "secret", "eve", "--key", "--data", "d").err == "error: There is no API key eve.\n"

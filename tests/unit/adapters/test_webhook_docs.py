"""What docs/webhooks.md tells integrators is run here."""

import re
from datetime import UTC, datetime
from http.server import HTTPServer
from threading import Thread

import pytest

from veil.adapters.webhook_sender import HttpWebhookSender
from veil.ports.webhooks import WebhookCall
from veil.webhooks.reach import WebhookReach
from veil.webhooks.signing import signature_headers, webhook_secret

SECRET = webhook_secret(bytes(range(32)), "ana")
BODY = '{"task_id":7,"task_status":"done"}'


@pytest.fixture
def documented_receiver(repository, monkeypatch):
    """The URL of the receiver in the guide."""
    text = (repository / "docs" / "webhooks.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    monkeypatch.setenv("VEIL_WEBHOOK_SECRET", SECRET)
    names = {"__name__": "receiver"}
    exec(code, names)  # the guide's own example
    with HTTPServer(("127.0.0.1", 0), names["Receiver"]) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        server.shutdown()
        thread.join()


def signed_call(url, secret=SECRET, **instead):
    headers = signature_headers(secret, "evt_7_4", datetime.now(UTC), BODY)
    return WebhookCall(url, {**headers, **instead}, BODY.encode())


def test_the_documented_receiver_accepts_our_calls(documented_receiver, capsys):
    answer = HttpWebhookSender(reach=WebhookReach(own_machine=True)).send(signed_call(documented_receiver))

    assert answer.status == 204
    assert capsys.readouterr().out == "7 done None\n"


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": webhook_secret(bytes(range(32)), "eve")},
        {"webhook-id": "evt_8_4"},
        {"webhook-timestamp": "0"},
        {"webhook-signature": "nonsense"},
    ],
    ids=str,
)
def test_the_documented_receiver_refuses_calls_that_are_not_ours(documented_receiver, forged):
    answer = HttpWebhookSender(reach=WebhookReach(own_machine=True)).send(signed_call(documented_receiver, **forged))

    assert answer.status == 401

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from veil.webhooks.signing import signature_headers, webhook_secret

INSTALL_KEY = bytes(range(32))


@given(body=st.text(st.characters(codec="utf-8")))
def test_the_library_of_the_standard_accepts_our_signature(body):
    secret = webhook_secret(INSTALL_KEY, "ana")

    headers = signature_headers(secret, "evt_1_4", datetime.now(UTC), body)

    Webhook(secret).verify(body.encode(), headers, json_parse=False)


def test_a_time_in_another_zone_is_signed_as_the_same_moment():
    moment = datetime.now(UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=5)))

    assert signature_headers("c2VjcmV0", "m", elsewhere, "{}") == signature_headers("c2VjcmV0", "m", moment, "{}")


def test_a_changed_body_is_noticed():
    secret = webhook_secret(INSTALL_KEY, "ana")
    headers = signature_headers(secret, "evt_1_4", datetime.now(UTC), '{"task_id":1}')

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify('{"task_id":2}', headers)


def test_every_owner_and_every_installation_has_a_secret_of_its_own():
    secrets = {webhook_secret(key, owner) for key in (INSTALL_KEY, bytes(32)) for owner in ("ana", "bob")}

    assert len(secrets) == 4
    assert all(secret.startswith("whsec_") for secret in secrets)
    assert webhook_secret(INSTALL_KEY, "ana") == "whsec_hQJc0N1k39eHhi5DVaNukB+gsv7VkuXjH3Xsj/MFTSE="


def test_a_short_installation_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        webhook_secret(b"short", "ana")

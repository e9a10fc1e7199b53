"""Signatures by which a receiver knows a webhook call as ours (Standard Webhooks 1.0, symmetric)."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from standardwebhooks import Webhook

_PURPOSE = b"veil webhook secret v1:"


def webhook_secret(install_key: bytes, owner: str) -> str:
    """Return the owner's signing secret as it is told to them: `whsec_` and 32 bytes in base64.

    It is derived, so there is no store to lose it from, and no owner can compute another's.

    Raises:
        ValueError: The key has fewer than 32 bytes.
    """
    if len(install_key) < hashlib.sha256().digest_size:
        raise ValueError("The installation's key needs at least 32 bytes.")
    secret = hmac.new(install_key, _PURPOSE + owner.encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(secret).decode()


def signature_headers(secret: str, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """Return the three Standard Webhooks headers for one call.

    Args:
        secret: The receiver's secret, from `webhook_secret`.
        message_id: The same at every repeat of the call; has no full stop in it.
        at: When this call is made, with its zone.
        body: Exactly what is sent, before its encoding as UTF-8.
    """
    # The library overwrites the zone instead of converting to UTC.
    moment = at.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body),
    }

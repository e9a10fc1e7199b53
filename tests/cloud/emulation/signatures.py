"""Signature Version 4 in the query of a URL, checked as S3 does and moto does not."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote

_ALGORITHM = "AWS4-HMAC-SHA256"


class SignatureError(Exception):
    """The URL opens nothing; the text is S3's code."""


def secret_of(access_key):
    """Return the secret that belongs to the key, here and in the functions' environment."""
    return hashlib.sha256(f"secret of {access_key}".encode()).hexdigest()


def signed_at(request):
    """Return when the URL was signed."""
    return _time(dict(parse_qsl(request.query, keep_blank_values=True)))


def signer_of(request, now):
    """Return the access key that signed the URL.

    Raises:
        SignatureError: The signature is of another request, or its time is over.
    """
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    if query.get("X-Amz-Algorithm") != _ALGORITHM:
        raise SignatureError("AccessDenied")
    access_key, _, scope = query["X-Amz-Credential"].partition("/")
    wanted = _signature(request, query, scope, secret_of(access_key))
    if not hmac.compare_digest(wanted, query["X-Amz-Signature"]):
        raise SignatureError("SignatureDoesNotMatch")
    if now > _time(query) + timedelta(seconds=int(query["X-Amz-Expires"])):
        raise SignatureError("AccessDenied")
    return access_key


def _time(query):
    return datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _signature(request, query, scope, secret):
    signed = sorted((key, value) for key, value in query.items() if key != "X-Amz-Signature")
    names = query["X-Amz-SignedHeaders"].split(";")
    canonical = [
        request.method,
        quote(unquote(request.raw_path), safe="/~"),
        "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in signed),
        *(f"{name}:{request.headers.get(name, '').strip()}" for name in names),
        "",
        ";".join(names),
        "UNSIGNED-PAYLOAD",
    ]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = "\n".join((_ALGORITHM, query["X-Amz-Date"], scope, digest))
    return hmac.new(key, text.encode(), "sha256").hexdigest()

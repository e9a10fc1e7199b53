"""An API key: whose it is and what it is good for. Its secret is kept nowhere, only the secret's fingerprint."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# A use is noted this often and no more often: every note is a write.
LAST_USED_STEP = timedelta(minutes=1)


class Scope(StrEnum):
    """What a key may do."""

    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key. Jobs and credits hang on it, so that one key's job looks like no job to another.

    Attributes:
        key_id: A UUID by which operators name the key; no secret.
        owner: Whose tasks its jobs make.
        label: Operators' own name for it, unique on a node.
        disabled_at: Since when it opens nothing any more; None while it does.
        last_used_at: To within `LAST_USED_STEP`; None before its first use.
    """

    key_id: str
    owner: str
    label: str
    created_at: datetime
    scopes: frozenset[Scope] = frozenset(Scope)
    disabled_at: datetime | None = None
    last_used_at: datetime | None = None

    def may(self, scope: Scope) -> bool:
        """Say whether the key is good for this."""
        return self.disabled_at is None and scope in self.scopes

    def used(self, now: datetime) -> "ApiKey":
        """Return the key as used now: itself while the last note is fresh enough."""
        is_noted = self.last_used_at is not None and now - self.last_used_at < LAST_USED_STEP
        return self if is_noted else replace(self, last_used_at=now)


def fingerprint(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256, hexadecimal. A secret has 122 random bits, so no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "backslashreplace")).hexdigest()

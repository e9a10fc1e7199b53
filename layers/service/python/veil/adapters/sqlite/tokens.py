"""Signed tokens that say who is calling."""

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import jwt

from veil.ports.accounts import SignedIn
from veil.ports.clock import Clock

TOKEN_LIFE_SECONDS = 3600
"""The v2 contract's (contracts/celantur.md A.2)."""

_ALGORITHM = "HS256"
_ACCESS, _IDENTITY = "access", "id"
# Ours have about 330 characters; a parser need not see anything that cannot be one of them.
_MAX_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Session:
    """What a token is bound to.

    Attributes:
        generation: Counts the account's passwords; a token of an earlier one is void.
    """

    owner: str
    generation: int


class AccessTokens:
    """Issues and verifies JSON Web Tokens signed with HMAC-SHA256."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self, session: Session, username: str) -> SignedIn:
        """Return new tokens.

        The contract shows a refresh token but nothing that takes one, so ours is random, is stored
        nowhere and opens nothing. The identity token tells a client who signed in; it opens nothing.
        """
        return SignedIn(
            access_token=self._encode(session, {"token_use": _ACCESS}),
            id_token=self._encode(session, {"token_use": _IDENTITY, "username": username}),
            refresh_token=token_urlsafe(32),
            expires_seconds=TOKEN_LIFE_SECONDS,
        )

    def verify(self, token: str) -> Session | None:
        """Return what an access token is bound to, or None unless it was issued here and still lasts."""
        if len(token) > _MAX_LENGTH or not token.isascii():
            return None
        try:
            # Times are checked below, by the clock of this class.
            options: Any = {"verify_exp": False, "verify_iat": False}
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM], options=options)
        except jwt.InvalidTokenError:
            return None
        is_over = claims["exp"] <= self._clock.now().timestamp()
        return None if is_over or claims["token_use"] != _ACCESS else Session(claims["sub"], claims["generation"])

    def _encode(self, session: Session, claims: dict[str, str]) -> str:
        now = int(self._clock.now().timestamp())
        issued = {
            "sub": session.owner,
            "generation": session.generation,
            "iat": now,
            "exp": now + TOKEN_LIFE_SECONDS,
            "jti": str(uuid4()),
        }
        return jwt.encode(issued | claims, self._key, algorithm=_ALGORITHM)

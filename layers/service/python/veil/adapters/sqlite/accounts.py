"""Accounts in SQLite, and the tokens that speak for them."""

import unicodedata
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from sqlite3 import Row
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

from veil.adapters.sqlite.database import Database, microseconds, moment
from veil.adapters.sqlite.tokens import AccessTokens, Session
from veil.domain.errors import SignInRefusedError, VeilError
from veil.ports.accounts import SignedIn
from veil.ports.clock import Clock

MIN_PASSWORD_LENGTH = 8
MAX_USERNAME_LENGTH = 254

# RFC 9106, section 4, second choice, with one lane: a guess costs 64 MiB and about 0.1 s of one core.
PASSWORD_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


class AccountError(VeilError):
    """An account cannot be managed as asked; the message says what to change."""


class UsernameTakenError(AccountError):
    """Another account has this user name, perhaps in other capitals."""


class AccountNotFoundError(AccountError):
    """No account has this user name."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in.

    Attributes:
        owner: What tasks carry; the contract's customer_id. Never reused.
    """

    owner: str
    username: str
    created_at: datetime


_INSERT = """
    INSERT INTO accounts (owner, username, username_key, password_hash, token_generation, created_at)
    VALUES (:owner, :username, :key, :hash, 1, :created_at) ON CONFLICT (username_key) DO NOTHING
"""
_REPLACE_HASH = """
    UPDATE accounts SET password_hash = :hash, token_generation = token_generation + 1 WHERE username_key = :key
"""
_REHASH = "UPDATE accounts SET password_hash = :new WHERE owner = :owner AND password_hash = :old"
_REMOVE = "DELETE FROM accounts WHERE username_key = :key"
_LIST = "SELECT owner, username, created_at FROM accounts ORDER BY username_key"
_FIND = "SELECT owner, username, password_hash, token_generation FROM accounts WHERE username_key = :key"
_GENERATION = "SELECT token_generation FROM accounts WHERE owner = :owner"


class SqliteAccounts:
    """Accounts of the node's database. Verifying a password is slow on purpose: limit how many run at once."""

    def __init__(
        self, database: Database, token_key: bytes, clock: Clock, *, hasher: PasswordHasher = PASSWORD_HASHER
    ) -> None:
        self._database = database
        self._clock = clock
        self._tokens = AccessTokens(token_key, clock)
        self._hasher = hasher
        # Verified in place of an unknown account's password, so that the answer takes as long.
        self._nobodys_hash = _hash_of_no_password(hasher)

    def add(self, username: str, password: str) -> Account:
        """Create an account.

        Raises:
            UsernameTakenError: There is one with this name.
            AccountError: The name or the password cannot be used.
        """
        _check_username(username)
        account = Account(str(uuid4()), username, self._clock.now())
        values = {
            "owner": account.owner,
            "username": username,
            "key": username_key(username),
            "hash": self._new_hash(password),
            "created_at": microseconds(account.created_at),
        }
        with self._database.writing() as connection:
            if not connection.execute(_INSERT, values).rowcount:
                raise UsernameTakenError(f"There is an account {username!r} already.")
        return account

    def set_password(self, username: str, password: str) -> None:
        """Change the password, and void all tokens that were given out before.

        Raises:
            AccountNotFoundError: There is no such account.
            AccountError: The password cannot be used.
        """
        self._change(_REPLACE_HASH, username, hash=self._new_hash(password))

    def remove(self, username: str) -> None:
        """Remove the account; its tokens are void at once. Its tasks stay.

        Raises:
            AccountNotFoundError: There is no such account.
        """
        self._change(_REMOVE, username)

    def list(self) -> Sequence[Account]:
        """Return all accounts by name."""
        rows = self._database.read(_LIST, {})
        return [Account(row["owner"], row["username"], moment(row["created_at"])) for row in rows]

    def owner_named(self, username: str) -> str | None:
        """Return the owner behind a user name, or None where there is no such account."""
        found = self._database.read(_FIND, {"key": username_key(username)})
        return found[0]["owner"] if found else None

    def sign_in(self, username: str, password: str) -> SignedIn:
        """Return tokens for the account.

        Raises:
            SignInRefusedError: There is no such account, or the password is wrong; both look the same
                and take the same time.
        """
        found = self._database.read(_FIND, {"key": username_key(username)})
        hashed = found[0]["password_hash"] if found else self._nobodys_hash
        if not self._is_right(hashed, password) or not found:
            raise SignInRefusedError("Incorrect username or password.")
        self._rehash_outdated(found[0], password)
        return self._tokens.issue(Session(found[0]["owner"], found[0]["token_generation"]), found[0]["username"])

    def owner_of(self, token: str) -> str | None:
        """Return who an access token speaks for; None when it is not valid, or not any more."""
        session = self._tokens.verify(token)
        if session is None:
            return None
        rows = self._database.read(_GENERATION, {"owner": session.owner})
        return session.owner if rows and rows[0]["token_generation"] == session.generation else None

    def _change(self, sql: str, username: str, **values: object) -> None:
        with self._database.writing() as connection:
            if not connection.execute(sql, values | {"key": username_key(username)}).rowcount:
                raise AccountNotFoundError(f"There is no account {username!r}.")

    def _is_right(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, _bytes_of(password))
        except VerifyMismatchError:
            return False

    def _new_hash(self, password: str) -> str:
        if len(password) < MIN_PASSWORD_LENGTH:
            raise AccountError(f"A password has at least {MIN_PASSWORD_LENGTH} characters.")
        return self._hasher.hash(_bytes_of(password))

    def _rehash_outdated(self, account: Row, password: str) -> None:
        old = account["password_hash"]
        if self._hasher.check_needs_rehash(old):
            values = {"new": self._hasher.hash(_bytes_of(password)), "old": old, "owner": account["owner"]}
            with self._database.writing() as connection:
                connection.execute(_REHASH, values)


def _check_username(username: str) -> None:
    if not username.isprintable() or username != username.strip() or not 1 <= len(username) <= MAX_USERNAME_LENGTH:
        raise AccountError(
            f"A user name has 1 to {MAX_USERNAME_LENGTH} printable characters and no space at either end."
        )


def username_key(username: str) -> str:
    """Return what two spellings of one name have in common. Any text has one, also what JSON lets through."""
    return unicodedata.normalize("NFKC", username).casefold().encode("utf-8", "backslashreplace").decode()


def _hash_of_no_password(hasher: PasswordHasher) -> str:
    """Return a hash in the hasher's terms that is made of chance alone: to verify it takes time, to make it none."""
    terms = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (b64encode(token_bytes(n)).decode().rstrip("=") for n in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v={ARGON2_VERSION}${terms}${salt}${digest}"


def _bytes_of(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")

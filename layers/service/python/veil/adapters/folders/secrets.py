"""The installation's secret, and the keys made from it."""

import hashlib
import hmac
from enum import StrEnum
from pathlib import Path
from secrets import token_bytes, token_hex

from veil.adapters.folders.durable_files import make_private_folders, place_once, sync_file
from veil.domain.errors import VeilError

FILE_NAME = "secret.key"
_LENGTH = 32


class SecretDamagedError(VeilError):
    """The secret file does not hold a secret. Nothing signed with the old one can be verified."""


class Purpose(StrEnum):
    """What a key is for. The values are part of every key: changing one voids what it signed."""

    MEDIA_URLS = "veil/media-urls/1"
    ACCESS_TOKENS = "veil/access-tokens/1"  # checkov:skip=CKV_SECRET_6: a label, public like the others
    UPLOAD_SESSIONS = "veil/upload-sessions/1"
    WEBHOOKS = "veil/webhooks/1"


class InstallationSecret:
    """32 random bytes that never leave this machine."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def in_folder(cls, folder: Path) -> "InstallationSecret":
        """Return the folder's secret; the first caller makes it, however many call at once.

        Raises:
            SecretDamagedError: The file has another length than a secret.
        """
        file = folder / FILE_NAME
        if not file.exists():
            _create(file)
        secret = file.read_bytes()
        if len(secret) != _LENGTH:
            raise SecretDamagedError(
                f"{file} is damaged. Restore it from a backup; or remove it, and a new secret ends all sessions,"
                " voids all media URLs and changes the webhook secret."
            )
        return cls(secret)

    def key_for(self, purpose: Purpose) -> bytes:
        """Return the 32-byte key of one purpose; it tells nothing about the keys of the others.

        The expand step of HKDF (RFC 5869) for one block; the secret is uniformly random, so there is
        nothing to extract.
        """
        return hmac.new(self._secret, purpose.encode() + b"\x01", hashlib.sha256).digest()


def _create(file: Path) -> None:
    make_private_folders(file.parent)
    draft = file.with_name(f"{file.name}.{token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_bytes(token_bytes(_LENGTH))
    sync_file(draft)
    place_once(draft, file)

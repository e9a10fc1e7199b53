"""The installation's secret is made once, kept private, and never used for two things."""

import stat

import pytest

from veil.adapters.folders.secrets import FILE_NAME, InstallationSecret, Purpose, SecretDamagedError


def test_a_secret_is_made_once(folder):
    first = InstallationSecret.in_folder(folder)

    again = InstallationSecret.in_folder(folder)

    assert again.key_for(Purpose.WEBHOOKS) == first.key_for(Purpose.WEBHOOKS)


def test_two_installations_share_nothing(tmp_path):
    one, other = (InstallationSecret.in_folder(tmp_path / name) for name in ("one", "other"))

    assert one.key_for(Purpose.WEBHOOKS) != other.key_for(Purpose.WEBHOOKS)


def test_every_purpose_has_a_key_of_its_own():
    secret = InstallationSecret(b"s" * 32)

    keys = {secret.key_for(purpose) for purpose in Purpose}

    assert len(keys) == len(Purpose)
    assert {len(key) for key in keys} == {32}
    assert b"s" * 32 not in keys


def test_receivers_can_verify_webhooks_after_an_update_of_veil():
    key = InstallationSecret(b"s" * 32).key_for(Purpose.WEBHOOKS)

    assert key.hex() == "e06f487e80f0e17ae0ae953412496c4edee8988c25a6ad81e12fafc58b5932c6"


def test_only_this_user_can_read_it_and_no_draft_stays_behind(folder):
    InstallationSecret.in_folder(folder)

    assert [file.name for file in folder.iterdir()] == [FILE_NAME]
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_refused_with_what_to_do(folder, content):
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(content)

    with pytest.raises(SecretDamagedError, match="Restore it from a backup"):
        InstallationSecret.in_folder(folder)


def test_a_secret_shows_itself_nowhere():
    assert "sss" not in repr(InstallationSecret(b"s" * 32))

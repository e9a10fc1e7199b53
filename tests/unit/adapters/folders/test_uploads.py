"""Uploads on their way into the folder."""

import pytest

from veil.adapters.folders import uploads
from veil.adapters.folders.uploads import IncomingUpload
from veil.domain.errors import StoreFullError


@pytest.fixture
def full(tmp_path, monkeypatch):
    """An upload whose file has no room for a byte, as the operating system says it."""
    (tmp_path / "incoming").symlink_to("/dev/full")
    monkeypatch.setattr(uploads, "NamedTemporaryFile", lambda **_: (tmp_path / "incoming").open("wb"))
    return IncomingUpload(tmp_path, limit_bytes=1 << 20)


def test_a_full_disk_is_told_by_its_name_while_bytes_arrive_and_leaves_nothing(full):
    with pytest.raises(StoreFullError):
        full.write(bytes(1 << 16))

    full.discard()

    assert not full.path.is_symlink()


def test_a_full_disk_is_told_by_its_name_at_the_end_and_leaves_nothing(full):
    full.write(b"few enough to wait in memory")

    with pytest.raises(StoreFullError):
        full.seal()
    full.discard()

    assert not full.path.is_symlink()

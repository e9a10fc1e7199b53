"""Fixtures every test may use."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository():
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_media():
    """Real photos that are licensed for tests but not committed: a folder beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "media"
    if not folder.is_dir():
        pytest.skip("the shared test photos are not beside this checkout (folder shared/media)")
    return folder


@pytest.fixture(scope="session")
def shared_models():
    """Weights that are licensed for tests but not committed: a folder beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "models"
    if not folder.is_dir():
        pytest.skip("the shared test models are not beside this checkout (folder shared/models)")
    return folder


@pytest.fixture(scope="session")
def astronaut():
    """The public-domain NASA portrait of Eileen Collins from scikit-image: uint8 RGB (512, 512, 3), one face."""
    from skimage.data import astronaut

    return astronaut()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """No test depends on what the person running it has set."""
    for name in ("VEIL_USER", "VEIL_PASSWORD", "VEIL_DATA", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

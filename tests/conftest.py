"""Fixtures every test may use."""

import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

# Tests start dozens of processes; each would compile the same modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Threads of linear algebra spin while they wait: on a busy machine one alone costs a tenth of what two do.
os.environ["OPENBLAS_NUM_THREADS"] = "1"


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
def shared_faults():
    """Photos on which Veil once failed: a folder beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "field" / "faults"
    if not folder.is_dir():
        pytest.skip("the shared photos of faults are not beside this checkout (folder shared/field/faults)")
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


def installed(name, folder, hint):
    from veil_vision.detect import open_detector
    from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue

    card = next(card for card in catalogue() if card.name == name)
    if ModelFolder(folder).status(card) is ModelStatus.MISSING:
        pytest.skip(f"the model {name} is not installed; {hint}")
    return open_detector(card, ModelFolder(folder), threads=2)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with the default models, and with the pack `street` where its files are beside this checkout."""
    from veil_vision.models.catalogue import every_card, models_dir

    files = [models_dir(os.environ) / card.file for card in every_card() if card.default]
    if not all(map(Path.is_file, files)):
        pytest.skip("the default models are not installed; `make setup` installs them")
    files += [REPOSITORY.parent / "shared" / "models" / card.file for card in every_card() if card.pack == "street"]
    folder = tmp_path_factory.mktemp("models")
    for file in filter(Path.is_file, files):
        shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="session")
def face_detector():
    """The default face detector, opened once: read-only, safe to share."""
    from veil_vision.models.catalogue import models_dir

    return installed("centerface", models_dir(os.environ), "`make setup` installs it")


@pytest.fixture(scope="session")
def plate_detector():
    """The text detector that looks again at plates, opened once: read-only, safe to share."""
    from veil_vision.models.catalogue import models_dir

    return installed("text-plates", models_dir(os.environ), "`make setup` installs it")


@pytest.fixture(scope="session")
def own_plate_detector():
    """The licence plate detector that comes with Veil, opened once: read-only, safe to share."""
    from veil_vision.models.catalogue import models_dir

    return installed("veil-plates", models_dir(os.environ), "it comes with Veil")


@pytest.fixture(scope="session")
def street_detector(shared_models):
    """The detector of persons and vehicles of the pack `street`, opened once: read-only, safe to share."""
    return installed("yolox-nano", shared_models, "its file is not beside this checkout")


@pytest.fixture(scope="session")
def built_in_detector():
    """The detector of persons and vehicles that comes with Veil, opened once: read-only, safe to share."""
    from veil_vision.models.catalogue import models_dir

    return installed("nanodet-g", models_dir(os.environ), "it comes with Veil")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """No test depends on what the person running it has set."""
    for name in ("VEIL_USER", "VEIL_PASSWORD", "VEIL_DATA", "VEIL_PROFILE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

"""Fixtures every test may use."""

import gc
import os
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.summary import pytest_deselected, pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown

__all__ = ["pytest_deselected", "pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]

REPOSITORY = Path(__file__).parents[1]

# A busy machine is no fault of an example, so nothing is judged by its time. `make test` and CI try the same examples
# each time: what fails, fails because of the change at hand. `--hypothesis-profile=search` looks for new ones.
UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("repeatable", derandomize=True, max_examples=50, **UNTIMED)
settings.register_profile("search", derandomize=False, **UNTIMED)
settings.load_profile("repeatable")

# Tests of one folder share what costs tens of seconds to make: a deployment, nodes, templates. With more than one
# process each of these folders stays in one, the longest first, and so does what asks for one of these nodes; of all
# others each file does.
TOGETHER = ("tests/cloud", "tests/infra", "tests/e2e/scenarios")
SHARED_NODES = ("container", "plain", "running")
LONGEST_FIRST = ("tests/cloud", "tests/e2e/node", "tests/infra", "tests/e2e/scenarios", "tests/media")

# Tests start dozens of processes; each would compile the same modules again. (`make test` runs pytest without it, too.)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Threads of linear algebra spin while they wait: on a busy machine one alone costs a tenth of what two do.
os.environ["OPENBLAS_NUM_THREADS"] = "1"


def pytest_make_parametrize_id(val, argname):
    """Call bytes by their argument: an archive holds the time, and all processes must give a test the same name."""
    return argname if isinstance(val, bytes) else None


def pytest_xdist_auto_num_workers():
    """Return one process more than there are cores: some tests wait, for nodes and functions that start."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Tell the processes of pytest-xdist what stays together, and what comes first."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: next((n for n, each in enumerate(LONGEST_FIRST) if item.nodeid.startswith(each)), 99))


def _group(item):
    file = item.path.relative_to(REPOSITORY).as_posix()
    if file.startswith("tests/e2e/node"):
        return next((each for each in SHARED_NODES if each in item.fixturenames), file)
    return next((each for each in TOGETHER if file.startswith(each)), file)


# While tests are imported and collected there is little garbage, and looking for it took a fifth of the time.
gc.disable()


def pytest_collection_finish():
    """Let the garbage collector pass over what collection made and look rarely: it took a tenth of all time."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


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
    import numpy as np
    from PIL import Image

    # Its own reader imports scipy first, which takes a second.
    (package,) = find_spec("skimage").submodule_search_locations
    return np.asarray(Image.open(Path(package) / "data/astronaut.png"))


def installed(name, folder, hint):
    from veil_vision.detect.families import open_detector
    from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue

    card = next(card for card in catalogue() if card.name == name)
    if ModelFolder(folder).status(card) is ModelStatus.MISSING:
        pytest.skip(f"the model {name} is not installed; {hint}")
    return open_detector(card, ModelFolder(folder), threads=2)


@pytest.fixture(scope="session")
def default_models(tmp_path_factory):
    """A folder with the default models only."""
    from veil_vision.models.catalogue import every_card, models_dir

    files = [models_dir(os.environ) / card.file for card in every_card() if card.default]
    if not all(map(Path.is_file, files)):
        pytest.skip("the default models are not installed; `make setup` installs them")
    folder = tmp_path_factory.mktemp("default-models")
    for file in files:
        shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory, default_models):
    """A folder with the default models, and with the pack `street` where its files are beside this checkout."""
    from veil_vision.models.catalogue import every_card

    beside = [REPOSITORY.parent / "shared" / "models" / card.file for card in every_card() if card.pack == "street"]
    folder = tmp_path_factory.mktemp("models")
    for file in (*default_models.iterdir(), *filter(Path.is_file, beside)):
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

    return installed("nanodet-plus", models_dir(os.environ), "it comes with Veil")


@pytest.fixture(scope="session", autouse=True)
def _networks_are_opened_once():
    """Opening costs a tenth of a second, and what is open is only read: a process opens a network once."""
    from veil_vision.detect import families as detectors
    from veil_vision.models.sessions import open_session
    from veil_vision.segment import families as segmenters

    with pytest.MonkeyPatch.context() as patch:
        opened_once = cache(open_session)
        for module in (detectors, segmenters):
            patch.setattr(module, "open_session", opened_once)
        yield


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """No test depends on what the person running it has set."""
    for name in ("VEIL_USER", "VEIL_PASSWORD", "VEIL_DATA", "VEIL_PROFILE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

"""What the image's build does: the default models, and the pack that the deployment asks for."""

import importlib
import os
import shutil

import pytest

from veil.adapters.models import ModelState, model_entries, models_folder
from veil_vision.models.catalogue import choose

STREET = {card.name for card in choose(["street"])}


@pytest.fixture
def folder(tmp_path):
    """A folder that has the default models and no others, so that nothing is fetched for them."""
    for card in choose([]):
        installed = models_folder(os.environ) / card.file
        if not installed.exists():
            pytest.skip("the default models are not installed; `make setup` installs them")
        shutil.copy(installed, tmp_path)
    return tmp_path


@pytest.fixture
def build():
    """Runs the program of the Dockerfile with build arguments."""
    program = importlib.import_module("functions.anonymizer.pull_models")
    return lambda folder, packs, mirror: program.main(
        {"VEIL_MODELS": str(folder), "MODEL_PACKS": packs, "MODELS_MIRROR": str(mirror)}
    )


def verified(folder):
    return {each.name for each in model_entries(folder) if each.state is ModelState.VERIFIED}


def test_a_pack_is_installed_from_the_mirror(folder, build, shared_models):
    build(folder, "street", shared_models)

    assert verified(folder) >= {"centerface", *STREET}


def test_without_a_pack_there_are_the_default_models(folder, build):
    build(folder, "", "")

    assert verified(folder).isdisjoint(STREET)


def test_a_build_that_does_not_get_a_pack_ends_and_says_what_to_set(folder, build):
    with pytest.raises(SystemExit, match=r"has neither .*\n.*models_mirror.*street_pack=false"):
        build(folder, "street", folder)

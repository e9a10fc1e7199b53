"""The wheel and the source archive: what is in them, and that the wheel is the whole program."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser

import pytest

SOURCES = ("layers/service/python", "layers/vision/python")
SHIPPED = {".py", ".onnx", ".toml", ".html", ".css", ".js", ".txt", ".typed"}


@pytest.fixture(scope="module")
def tracked(repository):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (repository / name).is_file()]


@pytest.fixture(scope="module")
def package(repository, tracked, tmp_path_factory):
    """The folder with both archives, built without a network from what git tracks and nothing else."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in tracked:
        if name.startswith(("layers/", "pyproject.toml", "README.md", "LICENSE")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", built, source]
    subprocess.run(command, check=True, capture_output=True)
    return built


@pytest.fixture(scope="module")
def wheel(package):
    (file,) = package.glob("veil-*-py3-none-any.whl")
    return file


@pytest.fixture(scope="module")
def expected(tracked):
    """What belongs to the program, by its place below site-packages."""
    below = [name.removeprefix(f"{folder}/") for folder in SOURCES for name in tracked if name.startswith(folder)]
    assert {name[name.rindex(".") :] for name in below} == SHIPPED
    return set(below)


def test_the_wheel_holds_every_file_of_the_program_and_nothing_else(wheel, expected):
    names = set(zipfile.ZipFile(wheel).namelist())
    about = {name for name in names if ".dist-info/" in name}

    assert names - about == expected
    assert {name.partition(".dist-info/")[2] for name in about} >= {
        "METADATA",
        "entry_points.txt",
        "licenses/LICENSE",
        "licenses/layers/vision/python/veil_vision/models/weights/NOTICE.txt",
    }


def test_the_source_archive_holds_what_the_wheel_was_built_from(package, expected, tracked):
    (file,) = package.glob("veil-*.tar.gz")
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {name for name in tracked if name.startswith(SOURCES)} | {"pyproject.toml", "README.md", "LICENSE"} <= names


def test_the_wheel_says_what_it_is(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("dist-info/METADATA"))
        about = HeaderParser().parsestr(archive.read(name).decode())

    assert (about["Name"], about["License-Expression"], about["Requires-Python"]) == ("veil", "Apache-2.0", ">=3.11")
    assert re.fullmatch(r"\d+\.\d+\.\d+", about["Version"])
    assert about["Description-Content-Type"] == "text/markdown"


@pytest.mark.slow
def test_the_wheel_anonymizes_a_photo_where_nothing_but_its_dependencies_is_installed(wheel, repository, tmp_path):
    """The lock comes from the package index; the wheel then finds in it all that it asks for."""
    from skimage import data

    program = tmp_path / "venv/bin"
    install = [program / "python", "-m", "pip", "install", "-qq", "--no-compile"]
    shutil.copy(f"{data.data_dir}/astronaut.png", tmp_path / "photo.png")

    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run(
        [*install, "--no-deps", "--require-hashes", "-r", repository / "requirements/runtime.txt"], check=True
    )
    subprocess.run([*install, "--no-index", wheel], check=True)
    subprocess.run([program / "python", "-m", "pip", "check"], check=True)
    ran = said_by(program / "veil", "anonymize", "photo.png", home=tmp_path)

    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "photo.anonymized.png").read_bytes() != (tmp_path / "photo.png").read_bytes()
    assert "1 done, 0 skipped, 0 failed; 1 hidden" in ran.stdout
    assert (
        "pip install 'veil[aws]'"
        in said_by(program / "veil", "cloud", "webhooks", "--region", "x", home=tmp_path).stderr
    )


def said_by(*command, home):
    environment = {"HOME": str(home), "PATH": os.defpath, "COLUMNS": "200"}
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)

"""Installing a lock gives what the lock says, whatever was released since."""

import json

import pytest
from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from tests.installation.installs import all_installs, run_pip
from tests.installation.locks import pins_of, with_hashes
from tests.installation.package_index import PackageIndex

LOCKS = ("bench", "build", "demo", "dev", "express", "gpu", "lambda", "lint", "runtime")
# Environments of their own: their pins conflict with ours.
APART = {"bench", "lint"}


@pytest.fixture(scope="module")
def pins(repository):
    return {name: pins_of(repository / f"requirements/{name}.txt") for name in LOCKS}


@pytest.fixture(scope="module")
def index(pins, tmp_path_factory):
    return PackageIndex(tmp_path_factory.mktemp("index"), [each for lock in pins.values() for each in lock])


@pytest.fixture(scope="module")
def installs(repository):
    return all_installs(repository)


@pytest.fixture
def plan(index, repository, tmp_path):
    """Returns what pip would install by a command, had the index only what ours has."""

    def planned(install, *, without=()):
        options = [each for each in install.options if each not in without]
        for number, lock in enumerate(install.locks):
            copy = tmp_path / f"{number}.txt"
            copy.write_text(with_hashes(repository / lock, index.hash_of))
            options += ["-r", str(copy)]
        options += ["--dry-run", "--ignore-installed", "--no-index", "--find-links", str(index.folder)]
        return run_pip([*options, "--report", str(tmp_path / "plan.json")])

    return planned


def test_every_lock_is_read_whole_and_installed_somewhere(pins, installs, repository):
    files = {file.stem for file in (repository / "requirements").glob("*.txt")} - {
        "demo-excludes",
        "express-excludes",
        "gpu-excludes",
    }
    lines = {name: (repository / f"requirements/{name}.txt").read_text().splitlines() for name in LOCKS}

    assert files == set(LOCKS)
    assert {f"requirements/{name}.txt" for name in LOCKS} == {lock for each in installs for lock in each.locks}
    # A line that neither goes on with the one before nor is a comment names a package.
    assert {name: len(lock) for name, lock in pins.items()} == {
        name: sum(line[0] not in " #" for line in each) for name, each in lines.items()
    }


def test_nothing_is_installed_without_hashes_or_with_a_look_at_dependencies(installs):
    for each in installs:
        assert "--no-deps" in each.options, each
        assert each.is_of_the_checkout or "--require-hashes" in each.options, each
        assert each.is_of_the_checkout or each.locks, each


@pytest.mark.parametrize("lock", sorted({*LOCKS} - {"build"}))  # which is installed with runtime
def test_newer_releases_on_the_index_change_nothing(lock, installs, pins, plan, tmp_path):
    for install in installs:
        if f"requirements/{lock}.txt" in install.locks:
            ran = plan(install)

            assert ran.returncode == 0, ran.stderr
            assert planned_versions(tmp_path / "plan.json") == wanted_versions(install, pins)


def planned_versions(report):
    about = [each["metadata"] for each in json.loads(report.read_text())["install"]]
    return {canonicalize_name(each["name"]): each["version"] for each in about}


def wanted_versions(install, pins):
    version = next((each.partition("=")[2] for each in install.options if each.startswith("--python-version")), None)
    here = default_environment() | (
        {"python_version": version, "python_full_version": f"{version}.0"} if version else {}
    )
    names = [lock.removeprefix("requirements/").removesuffix(".txt") for lock in install.locks]
    return {pin.name: pin.version for name in names for pin in pins[name] if pin.is_for(here)}


def test_the_index_would_stop_an_installation_that_resolves(installs, plan):
    install = next(each for each in installs if "requirements/runtime.txt" in each.locks)

    ran = plan(install, without={"--no-deps"})

    assert ran.returncode != 0
    assert "have their versions pinned" in ran.stderr


@pytest.mark.parametrize("lock", sorted({*LOCKS} - APART - {"dev"}))
def test_what_runs_is_what_was_tested(lock, pins):
    tested = {(each.name, each.version) for each in pins["dev"]}
    shared = {each.name for each in pins["dev"]}

    assert {(each.name, each.version) for each in pins[lock] if each.name in shared} <= tested

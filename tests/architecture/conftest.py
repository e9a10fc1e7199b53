"""What every architecture test looks at: the tracked files and the product's modules."""

import ast
import subprocess
from pathlib import Path

import pytest

PRODUCT = ("layers", "functions")


@pytest.fixture(scope="session")
def tracked(repository):
    """Every file that git tracks and that still exists."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, check=True, capture_output=True, text=True)
    return [file for name in listed.stdout.split("\0") if name and (file := repository / name).is_file()]


@pytest.fixture(scope="session")
def modules(tracked, repository):
    """The syntax tree of every module of the product, by path below the repository."""
    paths = (file.relative_to(repository) for file in tracked if file.suffix == ".py")
    return {Path(path): ast.parse((repository / path).read_text()) for path in paths if path.parts[0] in PRODUCT}

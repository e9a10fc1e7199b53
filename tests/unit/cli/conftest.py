"""The command line as a person sees it: arguments in, exit code and words out."""

import io
import sys
from dataclasses import dataclass
from functools import cache

import pytest
import typer

from veil.cli import main


@pytest.fixture(scope="session", autouse=True)
def _commands_are_built_once():
    """A process of `veil` builds them once, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


@pytest.fixture(autouse=True)
def _passwords_are_cheap(monkeypatch):
    """What a command says of an account does not depend on the cost of a guess."""
    from argon2 import PasswordHasher

    from veil.adapters.sqlite.accounts import SqliteAccounts

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setitem(SqliteAccounts.__init__.__kwdefaults__, "hasher", cheap)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def veil(capsys, monkeypatch, tmp_path):
    """Runs `veil` in an empty folder: `veil("users", "list")`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        printed = capsys.readouterr()
        return Answer(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def photo(astronaut):
    """A JPEG of 256 x 256 pixels with one face."""
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.fromarray(astronaut[:256, 96:352]).save(file, "JPEG", quality=90)
    return file.getvalue()

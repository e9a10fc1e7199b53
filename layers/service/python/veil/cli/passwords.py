"""Passwords that commands take: never as an argument, which other users of the machine and the shell's history see."""

import sys
from typing import Annotated

import typer

from veil.cli.errors import CommandError

PasswordStdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
]


def read_password(*, from_stdin: bool, twice: bool) -> str:
    """Return the password, from standard input or asked at the terminal, there twice if it is a new one.

    Raises:
        CommandError: There is no terminal to ask at.
    """
    if from_stdin:
        # Editors of Windows end lines with both, and some begin a file with a byte order mark.
        return sys.stdin.readline().removeprefix("\ufeff").rstrip("\r\n")
    if not sys.stdin.isatty():
        # Read from anything else it would be shown as it is typed.
        raise CommandError("There is no terminal to ask for the password. Give it with --password-stdin.")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=twice)
    return password

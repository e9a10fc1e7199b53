"""`veil users`: who may sign in to the service on this machine."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from veil.adapters.node.stores import NodeStores
from veil.cli.console import out
from veil.cli.errors import CommandError
from veil.cli.options import DEFAULT_DATA, DataOption
from veil.domain.errors import VeilError

app = typer.Typer(help="Add, list and remove accounts of a node.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="User name; case does not matter.")]


@app.command("add", epilog="[dim]Example:[/]  echo 'correct horse battery' | veil users add ana --password-stdin")
def add(
    name: NameArgument,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Create an account. Without --password-stdin the password is asked for."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        NodeStores.open(data).accounts.add(name, password)
    except VeilError as error:
        raise CommandError(str(error)) from error
    out.print(f"Account {name} was created.")


@app.command("list", epilog="[dim]Example:[/]  veil users list")
def list_users(data: DataOption = DEFAULT_DATA) -> None:
    """List the accounts."""
    table = Table("User", "Customer id", "Created")
    for account in NodeStores.open(data).accounts.list():
        table.add_row(account.username, account.owner, f"{account.created_at:%Y-%m-%d %H:%M} UTC")
    out.print(table)


@app.command("remove", epilog="[dim]Example:[/]  veil users remove ana")
def remove(name: NameArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Remove an account. Its tokens stop working at once; its tasks stay until they are deleted."""
    try:
        NodeStores.open(data).accounts.remove(name)
    except VeilError as error:
        raise CommandError(str(error)) from error
    out.print(f"Account {name} was removed.")

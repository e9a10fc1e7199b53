"""`veil users`: who may sign in to the service on this machine."""

from typing import Annotated

import typer

from veil.cli.console import out, print_table, printable
from veil.cli.options import DEFAULT_DATA, DataOption, open_stores
from veil.cli.passwords import PasswordStdinOption, read_password

app = typer.Typer(
    help="Add, list and remove accounts of a node.",
    no_args_is_help=True,
    epilog="[dim]Example:[/]  veil users add ana",
)

NameArgument = Annotated[str, typer.Argument(help="User name; case does not matter.", show_default=False)]


@app.command("add", epilog="[dim]Example:[/]  veil users add ana --password-stdin < password.txt")
def add(
    name: NameArgument,
    password_stdin: PasswordStdinOption = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Create an account. Without --password-stdin the password is asked for."""
    password = read_password(from_stdin=password_stdin, twice=True)
    open_stores(data, create=True).accounts.add(name, password)
    out.print(f"Account {printable(name)} was created.")


@app.command("list", epilog="[dim]Example:[/]  veil users list")
def list_users(data: DataOption = DEFAULT_DATA) -> None:
    """List the accounts."""
    rows = [
        (account.username, account.owner, f"{account.created_at:%Y-%m-%d %H:%M} UTC")
        for account in open_stores(data).accounts.list()
    ]
    nothing = "There are no accounts. Add one with `veil users add`."
    print_table(("User", "Customer id", "Created"), rows, whole={"User", "Customer id"}, nothing=nothing)


@app.command("remove", epilog="[dim]Example:[/]  veil users remove ana")
def remove(name: NameArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Remove an account. Its tokens stop working at once; its tasks stay until they are deleted."""
    open_stores(data).accounts.remove(name)
    out.print(f"Account {printable(name)} was removed.")

"""`veil keys`: who may send jobs to the service on this machine, and how much they may spend."""

from collections.abc import Callable
from typing import Annotated

import typer

from veil.adapters.clock import SystemClock
from veil.cli.console import out, print_table, printable
from veil.cli.errors import CommandError
from veil.cli.options import DEFAULT_DATA, DataOption, open_stores
from veil.domain.api_key import ApiKey, Scope
from veil.ports.api_keys import ApiKeyStore, Ledger
from veil.use_cases.api_keys import add_key, credit_key, disable_key

app = typer.Typer(
    help="Add, list, disable and credit API keys of a node.",
    no_args_is_help=True,
    epilog="[dim]Example:[/]  veil keys add demo --credits 100",
)

LabelArgument = Annotated[str, typer.Argument(help="Your own name for the key.", show_default=False)]
CreditsOption = Annotated[int, typer.Option("--credits", help="Credits to begin with.", min=0)]
UserOption = Annotated[
    str | None,
    typer.Option(help="Account whose tasks the key's jobs make; by default the key is an owner of its own."),
]
ScopesOption = Annotated[list[Scope] | None, typer.Option("--scope", help="What the key may do; default: everything.")]
AmountArgument = Annotated[
    int, typer.Argument(help="Credits to add; after `--`, a negative number takes some back.", show_default=False)
]


@app.command("add", epilog="[dim]Example:[/]  veil keys add demo --credits 100")
def add(
    label: LabelArgument,
    credits_granted: CreditsOption = 0,
    user: UserOption = None,
    scopes: ScopesOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Make a key and print it: it is shown now and never again."""
    stores = open_stores(data, create=True)
    owner = owner_of(user, stores.accounts.owner_named)
    print_new_key(label, stores.api_keys, owner=owner, scopes=scopes, credits_granted=credits_granted)


@app.command("list", epilog="[dim]Example:[/]  veil keys list")
def list_keys(data: DataOption = DEFAULT_DATA) -> None:
    """List the keys, none with its secret."""
    stores = open_stores(data)
    print_keys(stores.api_keys, stores.ledger)


@app.command("disable", epilog="[dim]Example:[/]  veil keys disable demo")
def disable(label: LabelArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Disable a key at once and for good. Jobs that it approved are finished."""
    disable_and_tell(label, open_stores(data).api_keys)


@app.command("credit", epilog="[dim]Example:[/]  veil keys credit demo 50")
def credit(label: LabelArgument, amount: AmountArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Add credits to a key and print its balance."""
    stores = open_stores(data)
    credit_and_tell(label, amount, stores.api_keys, stores.ledger)


def owner_of(user: str | None, owner_named: Callable[[str], str | None]) -> str | None:
    """Return the owner that an account is, or None where none is named.

    Raises:
        CommandError: There is no such account.
    """
    owner = None if user is None else owner_named(user)
    if user is not None and owner is None:
        raise CommandError(f"There is no account {user!r}.")
    return owner


def print_new_key(
    label: str, keys: ApiKeyStore, *, owner: str | None, scopes: list[Scope] | None, credits_granted: int
) -> None:
    """Make a key and print its secret."""
    made = add_key(
        label,
        keys=keys,
        clock=SystemClock(),
        owner=owner,
        scopes=scopes or tuple(Scope),
        credits_granted=credits_granted,
    )
    out.print(made.secret)


def print_keys(keys: ApiKeyStore, ledger: Ledger) -> None:
    """Print all keys with their balances."""
    rows = [_row(key, ledger.balance(key.key_id)) for key in keys.list()]
    headings = ("Key", "Credits", "Scopes", "Owner", "Created", "Last used", "State")
    print_table(headings, rows, whole={"Key", "Owner"}, nothing="There are no API keys.")


def disable_and_tell(label: str, keys: ApiKeyStore) -> None:
    """Disable a key and say so."""
    disable_key(label, keys=keys, clock=SystemClock())
    out.print(f"API key {printable(label)} is disabled.")


def credit_and_tell(label: str, amount: int, keys: ApiKeyStore, ledger: Ledger) -> None:
    """Add credits to a key and print its balance."""
    balance = credit_key(label, amount, keys=keys, ledger=ledger, clock=SystemClock())
    out.print(f"API key {printable(label)} has {balance} credits.")


def _row(key: ApiKey, balance: int) -> tuple[str, ...]:
    used = f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never"
    created = f"{key.created_at:%Y-%m-%d %H:%M} UTC"
    state = "in use" if key.disabled_at is None else "disabled"
    return key.label, str(balance), " ".join(sorted(key.scopes)), key.owner, created, used, state

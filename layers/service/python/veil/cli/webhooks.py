"""`veil webhooks`: calls that did not arrive."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from veil.adapters.clock import SystemClock
from veil.cli.console import out, print_table
from veil.cli.errors import CommandError
from veil.cli.options import DEFAULT_DATA, DataOption, open_stores
from veil.domain.deliveries import Delivery
from veil.use_cases.replay_webhooks import replay_all_webhooks, replay_webhook

if TYPE_CHECKING:
    from veil.node.stores import NodeStores

REPLAYED = "{} will be called again."

app = typer.Typer(
    help="List and replay webhook calls that did not arrive.",
    no_args_is_help=True,
    epilog="[dim]Example:[/]  veil webhooks replay --all",
)


@app.command("list", epilog="[dim]Example:[/]  veil webhooks list")
def list_dead(data: DataOption = DEFAULT_DATA) -> None:
    """List the dead letters: calls that were given up after a day of retries."""
    print_letters(open_stores(data).deliveries.dead())


@app.command("replay", epilog="[dim]Example:[/]  veil webhooks replay --all")
def replay_dead(
    delivery_ids: Annotated[
        list[str] | None,
        typer.Argument(
            help="Deliveries, as `veil webhooks list` names them.", metavar="[DELIVERY]...", show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Replay every dead letter.")] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Make dead letters due again; a running service calls within a second."""
    if bool(delivery_ids) == every:
        raise CommandError("Name the deliveries to replay, or give --all.")
    out.print(REPLAYED.format(_replay(delivery_ids or [], open_stores(data))))


@app.command("secret", epilog="[dim]Example:[/]  veil webhooks secret ana")
def secret(
    name: Annotated[str, typer.Argument(help="User name, or label of a key.", show_default=False)],
    of_key: Annotated[bool, typer.Option("--key", help="NAME is the label of an API key.")] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Print the secret that signs the webhooks of an account or an API key, to be kept by its receiver."""
    from veil.adapters.folders.secrets import Purpose
    from veil.webhooks.signing import webhook_secret

    stores = open_stores(data)
    key = stores.api_keys.labelled(name) if of_key else None
    owner = key.owner if key else None if of_key else stores.accounts.owner_named(name)
    if owner is None:
        raise CommandError(f"There is no {'API key' if of_key else 'account'} {name}.")
    out.print(webhook_secret(stores.secret.key_for(Purpose.WEBHOOKS), owner))


def print_letters(letters: Iterable[Delivery]) -> None:
    """Print the dead letters, or that there are none."""
    headings = ("Delivery", "Host", "Calls", "First due", "Last error")
    nothing = "There are no dead letters: every webhook call arrived or is still tried."
    print_table(headings, map(_row, letters), whole={"Delivery"}, nothing=nothing)


def _replay(delivery_ids: list[str], stores: "NodeStores") -> int:
    """Replay the named dead letters, or all where none is named; return how many."""
    clock = SystemClock()
    if not delivery_ids:
        return len(replay_all_webhooks(deliveries=stores.deliveries, tasks=stores.tasks, clock=clock))
    for delivery_id in delivery_ids:
        replay_webhook(delivery_id, deliveries=stores.deliveries, tasks=stores.tasks, clock=clock)
    return len(delivery_ids)


def _row(letter: Delivery) -> tuple[str, ...]:
    return (
        # The task's or job's own number is in it.
        letter.delivery_id,
        # Only the host: the rest of the URL may hold the customer's secrets.
        urlsplit(letter.url).hostname or "",
        str(letter.attempts),
        f"{letter.first_due_at:%Y-%m-%d %H:%M} UTC",
        letter.last_error or "",
    )

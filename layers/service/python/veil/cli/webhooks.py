"""`veil webhooks`: calls that did not arrive."""

from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

from veil.adapters.clock import SystemClock
from veil.adapters.node.secrets import Purpose
from veil.adapters.node.stores import NodeStores
from veil.cli.console import out
from veil.cli.errors import CommandError
from veil.cli.options import DEFAULT_DATA, DataOption
from veil.domain.deliveries import Delivery
from veil.domain.errors import VeilError
from veil.use_cases.replay_webhooks import replay_all_webhooks, replay_webhook
from veil.webhooks.signing import webhook_secret

app = typer.Typer(help="List and replay webhook calls that did not arrive.", no_args_is_help=True)


@app.command("list", epilog="[dim]Example:[/]  veil webhooks list")
def list_dead(data: DataOption = DEFAULT_DATA) -> None:
    """List the dead letters: calls that were given up after a day of retries."""
    table = Table("Delivery", "Task", "Host", "Calls", "First due", "Last error")
    for letter in NodeStores.open(data).deliveries.dead():
        table.add_row(*_row(letter))
    out.print(table)


@app.command("replay", epilog="[dim]Example:[/]  veil webhooks replay --all")
def replay_dead(
    delivery_ids: Annotated[
        list[str] | None, typer.Argument(help="Deliveries, as `veil webhooks list` names them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Replay every dead letter.")] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Make dead letters due again; a running service calls within a second."""
    if bool(delivery_ids) == every:
        raise CommandError("Name the deliveries to replay, or give --all.")
    stores, clock = NodeStores.open(data), SystemClock()
    try:
        if every:
            count = len(replay_all_webhooks(deliveries=stores.deliveries, tasks=stores.tasks, clock=clock))
        else:
            for delivery_id in delivery_ids or []:
                replay_webhook(delivery_id, deliveries=stores.deliveries, tasks=stores.tasks, clock=clock)
            count = len(delivery_ids or [])
    except VeilError as error:
        raise CommandError(str(error)) from error
    out.print(f"{count} will be called again.")


@app.command("secret", epilog="[dim]Example:[/]  veil webhooks secret ana")
def secret(name: Annotated[str, typer.Argument(help="User name.")], data: DataOption = DEFAULT_DATA) -> None:
    """Print the secret that signs the webhooks of an account, to be kept by its receiver."""
    stores = NodeStores.open(data)
    owner = next((each.owner for each in stores.accounts.list() if each.username.lower() == name.lower()), None)
    if owner is None:
        raise CommandError(f"There is no account {name}.")
    out.print(webhook_secret(stores.secret.key_for(Purpose.WEBHOOKS), owner))


def _row(letter: Delivery) -> tuple[str, ...]:
    return (
        letter.delivery_id,
        str(letter.task_id),
        # Only the host: the rest of the URL may hold the customer's secrets.
        urlsplit(letter.url).hostname or "",
        str(letter.attempts),
        f"{letter.first_due_at:%Y-%m-%d %H:%M} UTC",
        letter.last_error or "",
    )

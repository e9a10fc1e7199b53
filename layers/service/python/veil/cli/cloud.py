"""`veil cloud`: look after a stack that runs in AWS."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from veil.cli import cloud_check, cloud_keys
from veil.cli.cloud_stack import DEFAULT_STACK, RegionOption, StackOption, opened_stack
from veil.cli.console import out, printable
from veil.cli.errors import CommandError
from veil.cli.options import flowing
from veil.cli.passwords import PasswordStdinOption, read_password
from veil.cli.webhooks import REPLAYED, print_letters
from veil.use_cases.replay_webhooks import replay_all_webhooks, replay_webhook

if TYPE_CHECKING:
    from veil.adapters.aws.deployment import Deployment

app = typer.Typer(
    help="Look after a stack that runs in AWS: try it, add users and keys, replay what did not arrive. Uses the "
    "credentials that the AWS CLI would use.",
    no_args_is_help=True,
    epilog="[dim]Example:[/]  veil cloud add-user ana --stack veil",
)

app.add_typer(cloud_keys.app, name="keys")
app.command("check", help=flowing(cloud_check.check), epilog=cloud_check.EXAMPLE)(cloud_check.check)


@app.command("add-user", epilog="[dim]Example:[/]  veil cloud add-user ana --password-stdin < password.txt")
def add_user(
    name: Annotated[
        str,
        typer.Argument(help="User name; may be an e-mail address. Case does not matter.", show_default=False),
    ],
    region: RegionOption,
    password_stdin: PasswordStdinOption = False,
    stack: StackOption = DEFAULT_STACK,
) -> None:
    """Create a user who may sign in at once. Without --password-stdin the password is asked for.

    It needs 12 characters, with a small and a capital letter, a digit and a symbol among them.
    """
    password = read_password(from_stdin=password_stdin, twice=True)
    with opened_stack(stack, region) as deployment:
        deployment.add_user(name, password)
    out.print(f"User {printable(name)} was created.")


@app.command("webhooks", epilog="[dim]Example:[/]  veil cloud webhooks --region eu-central-1")
def list_dead(region: RegionOption, stack: StackOption = DEFAULT_STACK) -> None:
    """List the webhook calls that were given up after a day of retries."""
    with opened_stack(stack, region) as deployment:
        print_letters(deployment.stores.deliveries.dead())


@app.command("replay-webhooks", epilog="[dim]Example:[/]  veil cloud replay-webhooks --all")
def replay_dead(
    region: RegionOption,
    delivery_ids: Annotated[
        list[str] | None,
        typer.Argument(
            help="Deliveries, as `veil cloud webhooks` names them.", metavar="[DELIVERY]...", show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Replay every one that was given up.")] = False,
    stack: StackOption = DEFAULT_STACK,
) -> None:
    """Call webhooks again that were given up, with a whole new day of retries."""
    if bool(delivery_ids) == every:
        raise CommandError("Name the deliveries to replay, or give --all.")
    with opened_stack(stack, region) as deployment:
        out.print(REPLAYED.format(_replay(delivery_ids or [], deployment)))


@app.command("redrive", epilog="[dim]Example:[/]  veil cloud redrive --stack veil")
def redrive(region: RegionOption, stack: StackOption = DEFAULT_STACK) -> None:
    """Offer again what nobody could handle: move all dead letters back to the queues that they come from."""
    with opened_stack(stack, region) as deployment:
        waiting = [(arn, count) for arn, count in deployment.dead_letters() if count]
        for arn, count in waiting:
            deployment.redrive(arn)
            out.print(f"{count} of {arn.rpartition(':')[2]} go back.")
    if not waiting:
        out.print("There are no dead letters.")


@app.command("replay-events", epilog="[dim]Example:[/]  veil cloud replay-events --since 2026-11-21T09:00")
def replay_events(
    region: RegionOption,
    since: Annotated[datetime, typer.Option(help="Replay what happened from then on, in UTC.", show_default=False)],
    until: Annotated[
        datetime | None, typer.Option(help="Replay what happened until then, in UTC; until now if not given.")
    ] = None,
    stack: StackOption = DEFAULT_STACK,
) -> None:
    """Tell all rules of the stack's event bus again what happened; what was handled already changes nothing."""
    end = until.replace(tzinfo=UTC) if until else datetime.now(UTC)
    with opened_stack(stack, region) as deployment:
        name = deployment.replay_events(since.replace(tzinfo=UTC), end)
    out.print(f"Replay {name} has begun; `aws events describe-replay --replay-name {name}` says how far it is.")


def _replay(delivery_ids: list[str], deployment: "Deployment") -> int:
    """Replay the named deliveries, or all that were given up where none is named; return how many."""
    stores = deployment.stores
    if delivery_ids:
        revived = [
            replay_webhook(each, deliveries=stores.deliveries, tasks=stores.tasks, clock=stores.clock)
            for each in delivery_ids
        ]
    else:
        revived = list(replay_all_webhooks(deliveries=stores.deliveries, tasks=stores.tasks, clock=stores.clock))
    deployment.wake(revived)
    return len(revived)

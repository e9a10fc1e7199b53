"""`veil cloud keys`: who may send jobs to a stack that runs in AWS, and how much they may spend."""

import typer

from veil.cli.cloud_stack import DEFAULT_STACK, RegionOption, StackOption, opened_stack
from veil.cli.keys import (
    AmountArgument,
    CreditsOption,
    LabelArgument,
    ScopesOption,
    UserOption,
    credit_and_tell,
    disable_and_tell,
    owner_of,
    print_keys,
    print_new_key,
)

app = typer.Typer(
    help="Add, list, disable and credit API keys of a stack.",
    no_args_is_help=True,
    epilog="[dim]Example:[/]  veil cloud keys add demo --credits 100",
)


@app.command("add", epilog="[dim]Example:[/]  veil cloud keys add demo --credits 100")
def add(
    label: LabelArgument,
    region: RegionOption,
    credits_granted: CreditsOption = 0,
    user: UserOption = None,
    scopes: ScopesOption = None,
    stack: StackOption = DEFAULT_STACK,
) -> None:
    """Make a key and print it: it is shown now and never again."""
    with opened_stack(stack, region) as deployment:
        owner = owner_of(user, deployment.owner_named)
        keys = deployment.stores.api_keys
        print_new_key(label, keys, owner=owner, scopes=scopes, credits_granted=credits_granted)


@app.command("list", epilog="[dim]Example:[/]  veil cloud keys list")
def list_keys(region: RegionOption, stack: StackOption = DEFAULT_STACK) -> None:
    """List the keys, none with its secret."""
    with opened_stack(stack, region) as deployment:
        print_keys(deployment.stores.api_keys, deployment.stores.ledger)


@app.command("disable", epilog="[dim]Example:[/]  veil cloud keys disable demo")
def disable(label: LabelArgument, region: RegionOption, stack: StackOption = DEFAULT_STACK) -> None:
    """Disable a key at once and for good. Jobs that it approved are finished."""
    with opened_stack(stack, region) as deployment:
        disable_and_tell(label, deployment.stores.api_keys)


@app.command("credit", epilog="[dim]Example:[/]  veil cloud keys credit demo 50")
def credit(
    label: LabelArgument, amount: AmountArgument, region: RegionOption, stack: StackOption = DEFAULT_STACK
) -> None:
    """Add credits to a key and print its balance."""
    with opened_stack(stack, region) as deployment:
        credit_and_tell(label, amount, deployment.stores.api_keys, deployment.stores.ledger)

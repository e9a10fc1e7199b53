"""The stack that a command of `veil cloud` is about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from veil.cli.errors import CommandError

if TYPE_CHECKING:
    from veil.adapters.aws.deployment import Deployment

StackOption = Annotated[str, typer.Option("--stack", envvar="VEIL_STACK", help="Name of the stack.")]
REGION = typer.Option("--region", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="Where the stack is.")
RegionOption = Annotated[str, REGION]
DEFAULT_STACK = "veil"
NO_SDK = "This needs the AWS SDK: pip install 'veil[aws]'."


@contextmanager
def opened_stack(stack: str, region: str) -> "Iterator[Deployment]":
    """Open the stack; what AWS refuses meanwhile is told in its words.

    Raises:
        CommandError: AWS cannot be asked, or does not do it.
    """
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise CommandError(NO_SDK) from None
    from veil.adapters.aws.deployment import Deployment

    try:
        yield Deployment.open(stack, region)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(str(error)) from error

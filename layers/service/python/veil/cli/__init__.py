"""The `veil` command."""

import sys

import typer

from veil.cli import anonymize, models, serve, users, webhooks
from veil.cli.console import complain
from veil.cli.errors import CommandError

app = typer.Typer(
    help="Find faces in photos and hide them so that they cannot be recovered.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="serve", epilog=serve.EXAMPLE)(serve.serve)
app.command(name="anonymize", epilog=anonymize.EXAMPLE)(anonymize.anonymize)
app.add_typer(users.app, name="users")
app.add_typer(models.app, name="models")
app.add_typer(webhooks.app, name="webhooks")


def main() -> None:
    """Run the command line; expected errors are one line and exit code 2."""
    try:
        app()
    except CommandError as error:
        complain(str(error))
        sys.exit(2)

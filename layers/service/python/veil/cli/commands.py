"""The commands of `veil`, and how they end."""

import re
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer

from veil.cli import anonymize, cloud, evaluate, keys, models, render, serve, users, webhooks
from veil.cli.console import complain, err
from veil.cli.options import flowing
from veil.domain.errors import VeilError

# Typer names several variables as Python would.
_ENVIRONMENT = re.compile(r"env var: '\[(.+)\]'")

app = typer.Typer(
    help="Find faces, licence plates, persons and vehicles in photos and videos and hide them so that they cannot be "
    "recovered.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="[dim]Example:[/]  veil anonymize ./photos -o ./anonymized --recursive",
)
app.command(name="anonymize", help=flowing(anonymize.anonymize), epilog=anonymize.EXAMPLE)(anonymize.anonymize)
app.command(name="render", help=flowing(render.render), epilog=render.EXAMPLE)(render.render)
app.command(name="evaluate", help=flowing(evaluate.evaluate), epilog=evaluate.EXAMPLE)(evaluate.evaluate)
app.command(name="serve", help=flowing(serve.serve), epilog=serve.EXAMPLE)(serve.serve)
app.add_typer(users.app, name="users")
app.add_typer(keys.app, name="keys")
app.add_typer(models.app, name="models")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(cloud.app, name="cloud")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"veil {version('veil')}")
        raise typer.Exit


@app.callback()
def _all_commands(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that come before a command."""


def run(arguments: Sequence[str] | None = None) -> int | None:
    """Run the command line and return its exit code; whatever can be expected to go wrong is one line and code 2."""
    # Pillow's name its own lines and each tag of a TIFF that it passes over. What becomes of a file, the summary says.
    warnings.filterwarnings("ignore", module="PIL")
    try:
        code: int | None = app(arguments, standalone_mode=False)
    except (typer.TyperException, VeilError, OSError) as error:
        complain(_in_words(error))
        return 2
    except typer.Abort:
        err.print("Aborted.")
        return 1
    return code


def _in_words(error: Exception) -> str:
    if isinstance(error, typer.TyperException):
        return _ENVIRONMENT.sub(_named, error.format_message()).replace("Value error, ", "")
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}"
    return str(error)


def _named(variables: re.Match[str]) -> str:
    return "env var: " + variables[1].replace("'", "").replace(", ", " or ")

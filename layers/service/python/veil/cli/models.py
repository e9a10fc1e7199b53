"""`veil models`: the detectors on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from veil.cli.console import out, print_table
from veil.cli.options import ModelsOption, chosen_models

app = typer.Typer(
    help="List, install and check the detector models.",
    no_args_is_help=True,
    epilog="[dim]Example:[/]  veil models pull",
)


@app.command("list", epilog="[dim]Example:[/]  veil models list")
def list_models(models: ModelsOption = None) -> None:
    """List the catalogue and what is installed."""
    from veil.adapters.models import model_entries

    folder = chosen_models(models)
    rows = [
        (model.name, ", ".join(model.classes), model.licence, model.pulled_by or "Veil itself", model.state)
        for model in model_entries(folder)
    ]
    headings = ("Model", "Finds", "Licence", "Comes by", "State")
    print_table(headings, rows, whole={"Model"}, nothing="The catalogue is empty.")
    out.print(f"Folder: {folder}")


def _existing(mirror: str | None) -> str | None:
    """Refuse a folder that is not there; an address can only be tried."""
    if mirror is not None and "://" not in mirror and not Path(mirror).exists():
        raise typer.BadParameter(f"Folder '{mirror}' does not exist.")
    return mirror


@app.command("pull", epilog="[dim]Example:[/]  veil models pull street --from /media/usb/models")
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Models to install; by default the default ones. The pack `street` finds more small "
            "faces and, in `thorough`, more persons and vehicles than the models that come with Veil.",
            metavar="[NAME]...",
            show_default=False,
        ),
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Folder or https address that holds the files, for machines without a network.",
            callback=_existing,
        ),
    ] = None,
    models: ModelsOption = None,
) -> None:
    """Install models, each checked against the catalogue's sha256."""
    from veil.adapters.models import pull_models

    pull_models(chosen_models(models), names or [], mirror=mirror, report=out.print)


@app.command("verify", epilog="[dim]Example:[/]  veil models verify")
def verify(models: ModelsOption = None) -> None:
    """Check every installed model against the catalogue; exit code 1 if one is corrupt or a default is missing."""
    from veil.adapters.models import ModelState, model_entries

    bad = False
    for model in model_entries(chosen_models(models)):
        out.print(f"{model.name}: {model.state}")
        bad |= model.state is ModelState.CORRUPT or (model.default and model.state is ModelState.MISSING)
    raise typer.Exit(code=1 if bad else 0)

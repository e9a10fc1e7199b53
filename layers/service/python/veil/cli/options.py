"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from veil.adapters.vision import models_folder

DataOption = Annotated[
    Path,
    typer.Option(
        "--data", envvar="VEIL_DATA", help="Folder of the service: database, media, secrets.", file_okay=False
    ),
]
DEFAULT_DATA = Path(".veil")

ModelsOption = Annotated[
    Path | None,
    typer.Option(
        "--models",
        envvar="VEIL_MODELS_DIR",
        help="Folder with the detector models; by default a folder of the user.",
        file_okay=False,
        show_default=False,
    ),
]


def chosen_models(models: Path | None) -> Path:
    """Return the models folder that was asked for, or the user's."""
    return models or models_folder(os.environ)

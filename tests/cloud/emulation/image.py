"""What a stage of a Dockerfile would put into its image, as a folder of this machine: there is no container here.

Taken from the Dockerfile: the copies out of the build folder, the folder to work in, entry point and
command. Left out: the base and the packages, in whose place this environment's own Python stands.
"""

import json
import shlex
import shutil
import sys
from pathlib import Path

from tests.cloud.emulation.errors import NotEmulatedError


class Image:
    """One stage of the Dockerfile in a build folder, laid out under `root`."""

    def __init__(self, source, root):
        self._root = root
        self._folder = source.folder
        self.entry_point, self.command, self._work_folder, self._environment = [], [], "/", {}
        for word, rest in _instructions((source.folder / source.dockerfile).read_text(), source.stage):
            self._READERS.get(word, lambda _image, _rest: None)(self, rest)

    @property
    def work_folder(self):
        return self.path(self._work_folder)

    @property
    def python_path(self):
        return ":".join(str(self.path(each)) for each in self._environment["PYTHONPATH"].split(":"))

    def arguments(self, command=()):
        """Return the command line, of the image's own command unless one is given: with this environment's Python."""
        program, *rest = [*self.entry_point, *(command or self.command)]
        if program != "python":
            raise NotEmulatedError(program)
        return [sys.executable, *(str(self.path(each)) if each.startswith("/") else each for each in rest)]

    def path(self, inside):
        return self._root / inside.lstrip("/")

    def _copy(self, rest):
        *sources, target = shlex.split(rest)
        if sources[0].startswith("--from"):
            return
        into = self.path(target)
        into.mkdir(parents=True, exist_ok=True)
        for source in (self._folder / each for each in sources):
            if source.is_dir():
                shutil.copytree(source, into, dirs_exist_ok=True)
            elif target.endswith("/"):
                shutil.copy(source, into / source.name)

    def _env(self, rest):
        self._environment |= dict(each.split("=", 1) for each in shlex.split(rest))

    def _workdir(self, rest):
        self._work_folder = rest

    def _entry(self, rest):
        self.entry_point = json.loads(rest)

    def _cmd(self, rest):
        self.command = json.loads(rest)

    _READERS = {"CMD": _cmd, "COPY": _copy, "ENTRYPOINT": _entry, "ENV": _env, "WORKDIR": _workdir}  # noqa: RUF012  # never changed


def _instructions(text, stage):
    """Yield the instructions of the stage and of those that it builds on, these first."""
    stages, bases, current = {}, {}, None
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            base, _, current = rest.split()
            stages[current], bases[current] = [], base
        elif word and not word.startswith("#"):
            stages[current].append((word, rest.strip()))
    if bases[stage] in stages:
        yield from _instructions(text, bases[stage])
    yield from stages[stage]


def lay_out(template, uri, root):
    """Return the image that a resource of the template names."""
    source = template.image(uri)
    return Image(source, Path(root) / source.stage)

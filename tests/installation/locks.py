"""The lock files and what packages say that they need, read by the library that pip itself reads them with."""

import re
from dataclasses import dataclass
from importlib.metadata import distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ENTRY = re.compile(r"^(?P<requirement>\S+==[^\\\n]+?) \\\n(?: {4}--hash=\S+(?: \\)?\n)+", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One package at one version."""

    requirement: Requirement

    @property
    def name(self):
        return canonicalize_name(self.requirement.name)

    @property
    def version(self):
        (specifier,) = self.requirement.specifier
        return specifier.version

    def is_for(self, environment):
        """Tell whether it is installed on a machine with these values of the markers."""
        return self.requirement.marker is None or self.requirement.marker.evaluate(environment)


def pins_of(file):
    return [Pin(Requirement(entry["requirement"])) for entry in _ENTRY.finditer(file.read_text())]


def with_hashes(file, hash_of):
    """Return the lock's text with other hashes: names, versions and markers stay as they are."""

    def entry(found):
        pin = Pin(Requirement(found["requirement"]))
        return f"{found['requirement']} --hash=sha256:{hash_of(pin)}\n"

    return _ENTRY.sub(entry, file.read_text())


def requirements_in(file):
    """Return what an .in file asks for, with what the files ask for that it includes."""
    found = []
    for line in file.read_text().splitlines():
        if line.startswith("-r "):
            found += requirements_in(file.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            found.append(Requirement(line))
    return found


class Needs:
    """What installed packages need, by their own metadata.

    Args:
        folder: Where they are installed.
        environment: Values of the markers.
    """

    def __init__(self, folder, environment):
        self._installed = {canonicalize_name(each.name): each for each in distributions(path=[str(folder)])}
        self._environment = environment

    def of(self, requirements, *, left_out=frozenset()):
        """Return every requirement that these bring, themselves included, and the names of those not installed here."""
        waiting, seen, unknown = list(requirements), set(), set()
        while waiting:
            requirement = waiting.pop()
            name = canonicalize_name(requirement.name)
            if requirement in seen or name in left_out:
                continue
            seen.add(requirement)
            if name in self._installed:
                waiting += self._direct(requirement, self._installed[name].requires or ())
            else:
                unknown.add(name)
        return seen, unknown

    def _direct(self, requirement, needs):
        asked = [self._environment | {"extra": extra} for extra in ("", *requirement.extras)]
        read = (Requirement(each) for each in needs)
        return [each for each in read if each.marker is None or any(each.marker.evaluate(one) for one in asked)]

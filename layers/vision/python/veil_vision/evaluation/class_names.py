"""What the names of a dataset mean."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from veil_vision.evaluation.errors import DatasetError
from veil_vision.geometry.object_classes import ObjectClass


class OtherMeaning(StrEnum):
    """What a name can mean that is none of Veil's classes.

    `IGNORE` is left out of every count: missing it is no miss, finding it no false region. `NONE` is nothing.
    """

    IGNORE = "ignore"
    NONE = "none"


Meaning = ObjectClass | OtherMeaning

# As `_plain` writes them. A head is not a face: most datasets mark it from behind too.
_WORDS: Mapping[ObjectClass, Collection[str]] = {
    ObjectClass.FACE: {"face", "humanface"},
    ObjectClass.LICENSE_PLATE: {
        *("plate", "licenseplate", "licenceplate", "numberplate", "registrationplate", "carplate", "vehicleplate"),
        *("vehicleregistrationplate", "carlicenseplate", "carlicenceplate", "lp"),
    },
    ObjectClass.PERSON: {
        *("person", "people", "pedestrian", "rider", "cyclist", "bicyclist", "motorcyclist"),
        *("human", "man", "woman", "child", "boy", "girl"),
    },
    ObjectClass.VEHICLE: {
        *("vehicle", "car", "van", "truck", "lorry", "bus", "minibus", "suv", "pickup", "taxi", "minivan"),
        *("motorcycle", "motorbike", "motor", "scooter"),
    },
}


@dataclass(frozen=True, slots=True)
class ClassNames:
    """What each name of a dataset means: what the customer says, else what the word commonly means.

    Attributes:
        wanted: The classes to measure.
        chosen: Meanings by name, as the customer gave them.
    """

    wanted: Sequence[ObjectClass]
    chosen: Mapping[str, Meaning] = field(default_factory=dict)

    def meaning(self, name: str) -> Meaning:
        """Return what the name stands for."""
        chosen = {_plain(each): meaning for each, meaning in self.chosen.items()}
        return chosen.get(_plain(name), _common_meaning(name))

    def classes(self, name: str, *, counts: bool = True) -> Iterator[tuple[ObjectClass, bool]]:
        """Yield the wanted classes that a mark of this name is of, and whether it counts."""
        meaning = self.meaning(name)
        for each in self.wanted:
            if meaning in {each, OtherMeaning.IGNORE}:
                yield each, counts and meaning is each

    def require(self, names: Collection[str], place: str) -> None:
        """Return only if the dataset's names include those that were given and stand for every wanted class.

        Raises:
            DatasetError: A given name is not among them, or a class is not marked.
        """
        known = ", ".join(sorted(names)) or "none"
        plain = {_plain(name) for name in names}
        for given in self.chosen:
            if _plain(given) not in plain:
                raise DatasetError(place, f"no class is called {given} here. Its names: {known}.")
        for missing in set(self.wanted) - {self.meaning(name) for name in names}:
            raise DatasetError(
                place, f"no name stands for {missing}. Its names: {known}. Say which does: --map NAME={missing}"
            )


def _common_meaning(name: str) -> Meaning:
    word = _plain(name)
    for object_class, words in _WORDS.items():
        if word in words or word.removesuffix("s") in words:
            return object_class
    return OtherMeaning.NONE


def _plain(name: str) -> str:
    """Return the name in lower case, letters and digits only."""
    return re.sub(r"[\W_]+", "", name).lower()

"""Which classes a command line means."""

from collections.abc import Collection
from dataclasses import replace

from veil.domain.errors import PolicyError
from veil.domain.policy import DEFAULT_RULES, ClassRule, ObjectClass


def class_names(classes: str) -> set[str]:
    """Return the classes of a list with commas.

    Raises:
        PolicyError: There is none of that name.
    """
    names = {name.strip().lower().replace("-", "_") for name in classes.split(",")} - {""}
    if unknown := sorted(names - set(ObjectClass)):
        raise PolicyError("classes", f"Unknown class: {', '.join(unknown)}. Known: {', '.join(ObjectClass)}.")
    return names


def rule_of(object_class: ObjectClass, names: Collection[str], threshold: float | None) -> ClassRule:
    """Return the rule of a class, which is looked for if it is among the names."""
    return replace(DEFAULT_RULES[object_class], hide=object_class in names, threshold=threshold)

"""Which classes a command line means, and what holds for each."""

from dataclasses import replace

from veil.cli.errors import CommandError
from veil.domain.errors import PolicyError
from veil.domain.policy import DEFAULT_RULES, ObjectClass, Policy


def policy_of(classes: str, *, thresholds: str | None = None, kernel_sizes: str | None = None) -> Policy:
    """Return a policy that hides the classes of a list with commas.

    Args:
        classes: Their names, written as people do.
        thresholds: One number for all, or some of the form CLASS=NUMBER with commas.
        kernel_sizes: Likewise.

    Raises:
        PolicyError: There is no such class, or none is named.
        CommandError: What should be numbers is something else, or out of range.
    """
    names = _class_names(classes)
    least, sizes = _numbers("--threshold", thresholds), _numbers("--kernel-size", kernel_sizes)
    try:
        face, license_plate, person, vehicle = (
            replace(rule, hide=each in names, threshold=least.get(each), kernel_size=sizes.get(each, rule.kernel_size))
            for each, rule in DEFAULT_RULES.items()
        )
    except PolicyError as error:
        raise CommandError(f"--{error.field.replace('_', '-')}: {error}") from error
    return Policy(face=face, license_plate=license_plate, person=person, vehicle=vehicle)


def _class_names(classes: str) -> set[str]:
    names = {_name(each) for each in classes.split(",")} - {""}
    if unknown := sorted(names - set(ObjectClass)):
        raise PolicyError("classes", f"Unknown class: {', '.join(unknown)}. Known: {', '.join(ObjectClass)}.")
    return names


def _name(text: str) -> str:
    return text.strip().lower().replace("-", "_")


def _numbers(option: str, text: str | None) -> dict[ObjectClass, float]:
    numbers: dict[ObjectClass, float] = {}
    for each in text.split(",") if text else ():
        name, of_one_class, number = each.rpartition("=")
        try:
            chosen = [ObjectClass(_name(name))] if of_one_class else [*ObjectClass]
            numbers |= dict.fromkeys(chosen, float(number))
        except ValueError as error:
            raise CommandError(f"{option} {text} is neither a number nor CLASS=NUMBER, such as face=0.4.") from error
    return numbers

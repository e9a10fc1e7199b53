"""What is to be drawn again, in terms of the vision layer."""

from pathlib import Path

from veil.adapters.failure_causes import causes_named
from veil.domain.rendering import Changes
from veil_vision.errors import FindingsError
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track.changes import AddedObject
from veil_vision.track.changes import Changes as VisionChanges
from veil_vision.track.findings import Findings, read_findings


def findings_in(file: Path) -> Findings:
    """Return the findings that an earlier run left.

    Raises:
        FindingsError: These are none that can be read.
    """
    try:
        return read_findings(file.read_bytes())
    except ValueError as error:
        raise FindingsError(str(error)) from error


def classes_looked_for(file: Path) -> list[str]:
    """Return the classes that were looked for in the run that left the findings.

    Raises:
        AnonymizationError: These are none that can be read.
    """
    with causes_named():
        return [each.value for each in findings_in(file).looked_for]


def changes_of(changes: Changes) -> VisionChanges:
    """Return what is to be different from them."""
    added = (AddedObject(ObjectClass(each.object_class), each.box, each.first, each.last) for each in changes.added)
    return VisionChanges(changes.without, tuple(added))

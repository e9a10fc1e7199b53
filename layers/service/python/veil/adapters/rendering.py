"""What is to be drawn again, in terms of the vision layer."""

from dataclasses import dataclass
from pathlib import Path

from veil.adapters.failure_causes import causes_named
from veil.domain.policy import Audio
from veil.domain.rendering import Changes
from veil_vision.errors import FindingsError
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track.changes import AddedObject
from veil_vision.track.changes import Changes as VisionChanges
from veil_vision.track.findings import Findings, read_findings


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What an earlier run hid, where nobody says otherwise.

    Attributes:
        classes: The classes that were looked for.
        margin: How far hiding reached around each box, relative to its size.
        audio: What became of the audio.
    """

    classes: tuple[str, ...]
    margin: float
    audio: Audio


def findings_in(file: Path) -> Findings:
    """Return the findings that an earlier run left.

    Raises:
        FindingsError: These are none that can be read.
    """
    try:
        return read_findings(file.read_bytes())
    except ValueError as error:
        raise FindingsError(str(error)) from error


def hidden_before(file: Path) -> EarlierRun:
    """Return what the run that left the findings hid.

    Raises:
        AnonymizationError: These are none that can be read.
    """
    with causes_named():
        findings = findings_in(file)
        if findings.audio not in set(Audio):
            raise FindingsError(f"The file of findings is damaged: its audio is {findings.audio!r}")
    return EarlierRun(tuple(each.value for each in findings.looked_for), findings.margin, Audio(findings.audio))


def changes_of(changes: Changes) -> VisionChanges:
    """Return what is to be different from them."""
    added = (AddedObject(ObjectClass(each.object_class), each.box, each.first, each.last) for each in changes.added)
    return VisionChanges(changes.without, tuple(added))

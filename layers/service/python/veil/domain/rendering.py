"""What is to be different when something is drawn again from what was found in it."""

from dataclasses import dataclass

from veil.domain.policy import ObjectClass


@dataclass(frozen=True, slots=True)
class AddedObject:
    """Something that nobody found.

    Attributes:
        object_class: What it is.
        box: x1 y1 x2 y2 in pixels of the upright photo, or of the frame as it is shown.
        first: The first frame that shows it.
        last: The last one; None for the last of all.
    """

    object_class: ObjectClass
    box: tuple[float, float, float, float]
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different from what was found.

    Attributes:
        without: What stays visible: of a photo the ids in its metadata, of a video the numbers of tracks.
        added: What is hidden besides.
    """

    without: tuple[int, ...] = ()
    added: tuple[AddedObject, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a task is drawn from that does not look: another task's upload, and what was found in it.

    Attributes:
        upload_of: The task that took the upload.
        found_by: The task that left the findings...
        findings_key: ...under this media key.
    """

    upload_of: int
    found_by: int
    findings_key: str
    changes: Changes

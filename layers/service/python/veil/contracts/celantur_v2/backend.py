"""What the routes of v2 stand on."""

from collections.abc import Callable
from dataclasses import dataclass

from veil.domain.policy import ObjectClass
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.parts import PartUploads
from veil.ports.queue import Offers
from veil.ports.stores import TaskStore
from veil.use_cases.accept_upload import UploadIntake


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksBackend:
    """What the routes work with.

    Attributes:
        available: The classes that an installed model finds.
        check_webhook: Raises a RequestError for an address that will not be called.
    """

    tasks: TaskStore
    media: MediaStore
    parts: PartUploads
    queue: Offers
    clock: Clock
    intake: UploadIntake
    available: frozenset[ObjectClass]
    check_webhook: Callable[[str], None]

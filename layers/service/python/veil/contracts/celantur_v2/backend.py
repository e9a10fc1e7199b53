"""What the routes of v2 stand on."""

from collections.abc import Callable
from dataclasses import dataclass

from veil.domain.media import UploadLimits
from veil.domain.policy import ObjectClass
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.parts import PartUploads
from veil.ports.queue import Offers
from veil.ports.stores import TaskStore


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksBackend:
    """What the routes work with.

    Attributes:
        available: The classes that an installed model finds.
        check_webhook: Raises a RequestError for an address that will not be called.
        limits: Larger uploads in parts are refused.
    """

    tasks: TaskStore
    media: MediaStore
    parts: PartUploads
    queue: Offers
    clock: Clock
    available: frozenset[ObjectClass]
    check_webhook: Callable[[str], None]
    limits: UploadLimits

"""What the use cases need from the outside world, and nothing more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from veil.domain.deliveries import Delivery
from veil.domain.events import TaskEvent
from veil.domain.media import Artifact, Upload
from veil.domain.policy import ObjectClass, Policy
from veil.domain.task import Task, TaskStatus, Transition


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the time in UTC, with its zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which of an owner's tasks to list, newest first.

    Attributes:
        limit: At most this many.
        skip: Leave out this many first: for APIs that number their pages.
        before: Only tasks with a smaller id: where the page before ended.
        statuses: Only tasks in one of these; empty for all.
        created_from: Only tasks created then or later.
        created_until: Only tasks created before.
    """

    limit: int = 50
    skip: int = 0
    before: int | None = None
    statuses: frozenset[TaskStatus] = frozenset()
    created_from: datetime | None = None
    created_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Part of a list. `next_before` continues it; None when it is complete."""

    tasks: tuple[Task, ...]
    next_before: int | None


class TaskStore(Protocol):
    """Keeps tasks, each with the events of its transitions."""

    def add(self, created: Transition) -> None:
        """Save a new task and its event.

        Raises:
            TaskIdTakenError: A task of any owner has this id.
        """

    def save(self, moved: Transition) -> None:
        """Replace the task's version before this one, and save the event, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """

    def update(self, task: Task) -> None:
        """Replace the task's version before this one, without an event.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """

    def get(self, owner: str, task_id: int) -> Task | None:
        """Return the owner's task, or None. Another owner's task looks exactly like no task."""

    def list(self, owner: str, query: TaskQuery) -> TaskPage:
        """Return the owner's tasks that the query asks for, newest first."""

    def count(self, owner: str, query: TaskQuery) -> int:
        """Return how many tasks there are for the query on all its pages, whatever its limit, skip and before."""

    def unfinished(self) -> Iterable[Task]:
        """Return every owner's tasks that are new, queued or processing, oldest first."""


class EventOutbox(Protocol):
    """The events that were saved with their tasks and not passed on yet."""

    def pending(self, limit: int) -> Sequence[TaskEvent]:
        """Return the oldest events that were not passed on."""

    def passed_on(self, event: TaskEvent) -> None:
        """Remember that the event needs no further attention. Doing so twice changes nothing."""


class DeliveryStore(Protocol):
    """Webhook calls that are due, done or dead."""

    def add(self, delivery: Delivery) -> None:
        """Save a delivery unless one with its id exists."""

    def save(self, delivery: Delivery) -> None:
        """Replace the delivery with the same id."""

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries whose time has come, the longest overdue first."""

    def dead(self) -> Sequence[Delivery]:
        """Return the dead letters, oldest first."""


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One signed POST. The URL and the body can contain secrets: never log them."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What is read of a receiver's answer: its status and its Retry-After header, if it sent one."""

    status: int
    retry_after: str | None = None


class WebhookSender(Protocol):
    """Calls webhooks, and nothing that is not public."""

    def send(self, call: WebhookCall) -> WebhookAnswer:
        """POST the call once, without following redirects, and return the answer whatever its status.

        Raises:
            WebhookRefusedError: The address is not one that is called.
            WebhookCallError: No answer came.
        """


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """What is known of a stored file without reading it."""

    size_bytes: int
    declared_type: str


class MediaStore(Protocol):
    """Keeps files under keys. Readers never see half a file."""

    def upload_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that takes one PUT under `key` until it expires."""

    def download_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that answers GET with the file until it expires."""

    def fetch(self, key: str, into: Path, *, version: str | None = None) -> Path:
        """Return a local copy of the file inside the folder `into`: the newest, or the version that is named.

        Raises:
            FileNotFoundError: Nothing is kept under the key, or not this version.
        """

    def put(self, key: str, file: Path, *, media_type: str) -> None:
        """Keep a copy of the file under the key, replacing any earlier one."""

    def stat(self, key: str) -> StoredMedia | None:
        """Return what is known of the file, or None when nothing is kept under the key."""

    def landed_upload(self, key: str) -> Upload | None:
        """Return what lies under the key as the upload it was, all told of one PUT, or None when nothing does.

        Reads no more than the header where reading costs time.
        """

    def discard(self, key: str) -> None:
        """Forget the file under the key, if there is one."""

    def delete(self, prefix: str) -> None:
        """Forget every file whose key starts with the prefix, which ends with a slash."""


@dataclass(frozen=True, slots=True)
class TaskRef:
    """Enough to find a task."""

    owner: str
    task_id: int


@dataclass(frozen=True, slots=True)
class Message:
    """A task offered to this worker, and the receipt that settles the offer."""

    ref: TaskRef
    receipt: str


class Offers(Protocol):
    """Where tasks are put for workers: a queue, or the choice between several."""

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker."""


class WorkQueue(Offers, Protocol):
    """Offers queued tasks to workers, each at least once until settled."""

    def take(self) -> Message | None:
        """Return a task for this worker and hide it from the others for a while, or None."""

    def settle(self, message: Message) -> None:
        """Take the offer back for good: the task needs no worker any more."""


@dataclass(frozen=True, slots=True)
class Anonymized:
    """The verified results of one run, as local files.

    Attributes:
        hidden: How many objects are hidden in the picture.
    """

    files: Mapping[Artifact, Path]
    hidden: int = 0


class Anonymizer(Protocol):
    """Hides people in one local file and proves it."""

    @property
    def classes(self) -> frozenset[ObjectClass]:
        """The classes that an installed model finds."""

    def anonymize(self, source: Path, into: Path, policy: Policy) -> Anonymized:
        """Write the results into the folder `into` and return them.

        Raises:
            AnonymizationError: There is no result that may be published; it names the cause.
        """


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a caller gets for the right password. Tokens are secrets: never log them."""

    access_token: str
    id_token: str
    refresh_token: str
    expires_seconds: int


class Accounts(Protocol):
    """Knows who may sign in."""

    def sign_in(self, username: str, password: str) -> SignedIn:
        """Return tokens for the account.

        Raises:
            SignInRefusedError: There is no such account, or the password is wrong; both look the same.
        """

"""Every way the service can refuse, as one small tree.

VeilError
|- RequestError                 the caller can fix it
|  |- TaskNotFoundError         no such task, or another owner's
|  |- TaskDeletedError
|  |- PolicyError               a parameter has a value the policy cannot take
|  |  |- ClassUnavailableError  no installed model finds the class
|  |- UploadRefusedError        an upload that this task does not wait for
|  |- TooManyTasksError         the owner has as many unfinished tasks as one may have
|  |- SignInRefusedError
|  |- KeyRefusedError           no API key that is good for this
|  |- ApiKeyError               an API key cannot be managed as asked
|  |  |- LabelTakenError
|  |  |- KeyNotFoundError
|  |- JobNotFoundError          no such job, or another key's
|  |- TooManyJobsError          the API key has as many open jobs as one may have
|  |- JobFileError              no file of the jobs folder that can be taken
|  |- InsufficientCreditError   the key has fewer credits than are needed
|  |- WebhookRefusedError       an address that this service does not call
|  |- DeadLetterNotFoundError
|- WebhookCallError             a webhook was called and gave no answer
|- AnonymizationError           the work ended without a result that may be published
|- StoreError                   the store said no; the caller decides what that means
   |- TaskIdTakenError
   |- StaleTaskError            somebody else changed the task first
   |- StaleJobError             the job is not where the change needs it to be
   |- StoreFullError            there is no room to write anything
   |- StoreBusyError            somebody else has held the store for longer than is waited
"""

from veil.domain.causes import FailureCause


class VeilError(Exception):
    """Base of everything this package raises on purpose."""


class RequestError(VeilError):
    """The request cannot be served as it stands; the caller can change it."""


class TaskNotFoundError(RequestError):
    """No task with that id belongs to this owner."""


class TaskDeletedError(RequestError):
    """The task existed; its files and detections were deleted."""


class PolicyError(RequestError):
    """A policy was asked for that cannot be.

    Attributes:
        field: The policy's field at fault, in the policy's spelling.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ClassUnavailableError(PolicyError):
    """No installed model finds the class; the message names the command that lists what there is."""


class UploadRefusedError(RequestError):
    """The task already has its file, or will never take one."""


class TooManyTasksError(RequestError):
    """The owner has as many unfinished tasks as one owner may have; some must end or be deleted first."""


class SignInRefusedError(RequestError):
    """User name and password do not belong together. Never says which of the two was wrong."""


class KeyRefusedError(RequestError):
    """The API key is unknown, disabled or not good for what is asked. Never says which."""


class ApiKeyError(RequestError):
    """An API key cannot be managed as asked; the message says what to change."""


class LabelTakenError(ApiKeyError):
    """Another API key has this label."""


class KeyNotFoundError(ApiKeyError):
    """No API key has this label."""


class JobNotFoundError(RequestError):
    """No job with that id belongs to this API key."""


class TooManyJobsError(RequestError):
    """The API key has as many jobs as one may have that have not ended; some must end or be cancelled first."""


class JobFileError(RequestError):
    """A path names no file below the jobs folder that can be taken. Never says what else is there."""


class InsufficientCreditError(RequestError):
    """The API key has fewer credits than are needed; nothing was taken."""


class WebhookRefusedError(RequestError):
    """The webhook's address is not one that this service calls. The message never contains the address."""


class DeadLetterNotFoundError(RequestError):
    """No webhook call that was given up has this id."""


class WebhookCallError(VeilError):
    """No answer came from the webhook. The message contains nothing of its URL but the host."""


class AnonymizationError(VeilError):
    """A media file could not be anonymized; nothing was published.

    Attributes:
        cause: What the owner is told.
    """

    def __init__(self, cause: FailureCause, message: str) -> None:
        super().__init__(message)
        self.cause = cause


class StoreError(VeilError):
    """A conditional write did not happen."""


class TaskIdTakenError(StoreError):
    """Another task has this id."""


class StaleTaskError(StoreError):
    """The stored task is newer than the one the change was based on."""


class StaleJobError(StoreError):
    """The job is not, or not any more, in the state that the change needs."""


class StoreFullError(StoreError):
    """There is no room to write anything: the disk is full."""


class StoreBusyError(StoreError):
    """Somebody else has held the store for longer than is waited; nothing was written. Later it may be free."""

"""Which failure of a task an error of the vision layer is."""

from collections.abc import Iterator
from contextlib import contextmanager

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil_vision.errors import (
    DefectiveImageError,
    DefectiveVideoError,
    FindingsError,
    FormatMismatchError,
    ImageTooLargeError,
    ModelError,
    UnsupportedImageError,
    UnsupportedVideoError,
    VerificationError,
    VideoTooLargeError,
    VisionError,
)

CAUSES: dict[type[VisionError], FailureCause] = {
    DefectiveImageError: FailureCause.IMAGE_DEFECT,
    UnsupportedImageError: FailureCause.CONTENT_TYPE_ERROR,
    ImageTooLargeError: FailureCause.IMAGE_TOO_LARGE,
    FormatMismatchError: FailureCause.PARAMETER_ERROR_FORMAT,
    ModelError: FailureCause.MODEL_UNAVAILABLE,
    VerificationError: FailureCause.VERIFICATION_FAILED,
    DefectiveVideoError: FailureCause.IMAGE_DEFECT,
    UnsupportedVideoError: FailureCause.CONTENT_TYPE_ERROR,
    VideoTooLargeError: FailureCause.IMAGE_TOO_LARGE,
    FindingsError: FailureCause.PARAMETER_ERROR_FORMAT,
}
"""Every subclass of an error that is named here has its cause."""


@contextmanager
def causes_named() -> Iterator[None]:
    """Turn what the vision layer raises into what the service knows, with its cause."""
    try:
        yield
    except VisionError as error:
        cause = next(CAUSES[kind] for kind in type(error).__mro__ if kind in CAUSES)
        raise AnonymizationError(cause, str(error)) from error

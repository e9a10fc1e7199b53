"""Why a task failed, as the owner reads it in `failure_cause`."""

from enum import StrEnum


class FailureCause(StrEnum):
    """The v2 contract's causes (contracts/celantur.md A.9), then ours where it is silent."""

    IMAGE_DEFECT = "IMAGE_DEFECT"
    TASK_FILE_DOESNT_EXIST = "TASK_FILE_DOESNT_EXIST"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    CONTENT_TYPE_ERROR = "CONTENT_TYPE_ERROR"
    PARAMETER_ERROR_FORMAT = "PARAMETER_ERROR_FORMAT"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    VERIFICATION_FAILED = "VERIFICATION_FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_operators(self) -> bool:
        """Whether the installation is at fault: what it lacks, and where, is told its operator only."""
        return self is FailureCause.MODEL_UNAVAILABLE

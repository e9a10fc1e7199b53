"""Steps in order, each with its outcome and a reason in words."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from veil.domain.errors import VeilError


class Outcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepFailedError(VeilError):
    """The deployment does not do what it should; the text says what it did instead."""


class NotCheckedError(VeilError):
    """The step says nothing about the deployment; the text says why not."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried."""

    name: str
    outcome: Outcome
    reason: str
    seconds: float


class Checklist:
    """Takes steps one after the other and tells each as it ends."""

    def __init__(self, tell: Callable[[Step], None]) -> None:
        self._tell = tell
        self.steps: list[Step] = []

    @property
    def passed(self) -> bool:
        """Whether no step failed. Skipped ones count for nothing."""
        return all(each.outcome is not Outcome.FAILED for each in self.steps)

    def take(self, name: str, act: Callable[[], str], *, needs: Sequence[str] = ()) -> None:
        """Take a step, unless one that it needs did not pass. What `act` returns says what was seen."""
        begun = time.monotonic()
        missing = [each for each in needs if not self._is_ok(each)]
        outcome, reason = _skipped(missing[0]) if missing else _tried(act)
        step = Step(name, outcome, reason, round(time.monotonic() - begun, 1))
        self.steps.append(step)
        self._tell(step)

    def _is_ok(self, name: str) -> bool:
        return any(each.name == name and each.outcome is Outcome.OK for each in self.steps)


def _skipped(missing: str) -> tuple[Outcome, str]:
    return Outcome.SKIPPED, f"not checked: it needs the step '{missing}'"


def _tried(act: Callable[[], str]) -> tuple[Outcome, str]:
    try:
        return Outcome.OK, act()
    except StepFailedError as error:
        return Outcome.FAILED, str(error)
    except NotCheckedError as error:
        return Outcome.SKIPPED, f"not checked: {error}"

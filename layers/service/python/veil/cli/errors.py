"""What a person at the terminal asked for that cannot be done."""

from veil.domain.errors import VeilError


class CommandError(VeilError):
    """Shown as one line, without a traceback; exit code 2."""

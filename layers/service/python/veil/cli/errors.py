"""What a person at the terminal did that cannot be done."""


class CommandError(Exception):
    """Shown as one line, without a traceback; exit code 2."""

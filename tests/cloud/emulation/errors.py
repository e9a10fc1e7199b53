"""What goes wrong with the emulation itself."""


class NotEmulatedError(Exception):
    """The template, or a function, asks for something of AWS that this emulation does not know."""

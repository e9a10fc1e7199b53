"""What goes wrong with the emulation itself, and what AWS refuses where moto does not."""


class AwsRefusalError(Exception):
    """AWS would refuse what moto accepts; the code is AWS's."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class NotEmulatedError(Exception):
    """The template, or a function, asks for something of AWS that this emulation does not know."""

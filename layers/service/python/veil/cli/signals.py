"""How a command that is at work is stopped."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopped_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end what is done inside as Ctrl-C does, by KeyboardInterrupt.

    By default they end the process at once, and a result that nobody has checked stays in its scratch folder.
    A signal that whoever started the command has ignored or handles, as nohup does, is left alone.
    """
    numbers = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)

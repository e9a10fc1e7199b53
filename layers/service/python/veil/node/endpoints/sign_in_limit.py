"""Slows down guessing of passwords, for whoever guesses and nobody else."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock
from time import monotonic

from veil.adapters.sqlite.accounts import username_key

# Beyond these the longest silent ones are forgotten: 100,000 take about 20 MB.
MOST_REMEMBERED = 100_000
KEY_BYTES = 16
IPV6_HOST_BITS = 64


@dataclass(frozen=True, slots=True)
class Backoff:
    """How many refusals in a row are free, and how long whoever goes on has to wait.

    Attributes:
        free: Refusals that cost nothing.
        first_pause: Seconds after the next one; every further one doubles them.
        longest_pause: Seconds.
        forgotten_after: Seconds without a refusal after which all is forgotten.
    """

    free: int
    first_pause: float
    longest_pause: float
    forgotten_after: float

    def pause(self, refusals: int) -> float:
        """Return the seconds to wait after so many refusals."""
        if refusals < self.free:
            return 0
        # The power is bounded because the count is not.
        return min(self.first_pause * 2.0 ** min(refusals - self.free, 32), self.longest_pause)


# One address guessing at one account; and at all of them, where many people may share the address.
AT_ACCOUNT = Backoff(free=5, first_pause=2, longest_pause=900, forgotten_after=3600)
AT_ALL = Backoff(free=20, first_pause=2, longest_pause=60, forgotten_after=3600)


class SignInLimit:
    """Counts refused sign-ins by address, and by address and account. Shared safely by threads.

    There is no count by account alone: it would let anybody lock an account's owner out from everywhere.
    """

    def __init__(self, *, seconds: Callable[[], float] = monotonic) -> None:
        """Remember nothing yet. `seconds` is the time that passes."""
        self._at_all = _Refusals(AT_ALL, seconds)
        self._at_account = _Refusals(AT_ACCOUNT, seconds)

    def wait_seconds(self, address: str, account: str) -> int:
        """Return how long to wait before another attempt; 0 when it may be made now."""
        return ceil(max(self._at_all.wait(_network(address)), self._at_account.wait(_pair(address, account))))

    def refused(self, address: str, account: str) -> None:
        """Count a refused attempt."""
        self._at_all.add(_network(address))
        self._at_account.add(_pair(address, account))

    def accepted(self, address: str, account: str) -> None:
        """Forget what was refused before at this account from this address."""
        self._at_account.forget(_pair(address, account))


class _Refusals:
    def __init__(self, backoff: Backoff, seconds: Callable[[], float]) -> None:
        self._backoff = backoff
        self._seconds = seconds
        self._counts: OrderedDict[bytes, tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: bytes) -> float:
        with self._lock:
            refusals, last = self._recent(key)
        return max(0.0, last + self._backoff.pause(refusals) - self._seconds())

    def add(self, key: bytes) -> None:
        with self._lock:
            refusals, _ = self._recent(key)
            self._counts[key] = refusals + 1, self._seconds()
            self._counts.move_to_end(key)
            if len(self._counts) > MOST_REMEMBERED:
                self._counts.popitem(last=False)

    def forget(self, key: bytes) -> None:
        with self._lock:
            self._counts.pop(key, None)

    def _recent(self, key: bytes) -> tuple[int, float]:
        now = self._seconds()
        refusals, last = self._counts.get(key, (0, now))
        return (0, now) if now - last > self._backoff.forgotten_after else (refusals, last)


def _network(address: str) -> bytes:
    """Return what an address is counted as: of IPv6 everybody has a whole network."""
    try:
        number = ip_address(address)
    except ValueError:
        return _key(address)
    return _key(str(int(number) >> IPV6_HOST_BITS) if isinstance(number, IPv6Address) else address)


def _pair(address: str, account: str) -> bytes:
    return _network(address) + _key(username_key(account))


def _key(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=KEY_BYTES).digest()

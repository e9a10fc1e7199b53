"""Slows down guessing of passwords."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from veil.adapters.sqlite.accounts import username_key

# Only refusals count, so a busy client that signs in before every request is never slowed down.
PER_ADDRESS = RateLimitItemPerMinute(20)
PER_ACCOUNT = RateLimitItemPerMinute(60)


class SignInLimit:
    """Counts refused sign-ins by address and by account."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, address: str, account: str) -> bool:
        """Say whether another attempt may be made."""
        return self._limiter.test(PER_ADDRESS, address) and self._limiter.test(PER_ACCOUNT, username_key(account))

    def refused(self, address: str, account: str) -> None:
        """Count a refused attempt."""
        self._limiter.hit(PER_ADDRESS, address)
        self._limiter.hit(PER_ACCOUNT, username_key(account))

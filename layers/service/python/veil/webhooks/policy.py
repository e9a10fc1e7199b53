"""When a webhook is called again, and when it is given up."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

GIVE_UP_AFTER = timedelta(hours=24)
FIRST_DELAY = timedelta(seconds=5)
GROWTH = 3
LONGEST_DELAY = timedelta(hours=3)
JITTER_SHARE = 0.25
# From here on the longest delay holds; also keeps the power below from growing without end.
_STEPS_TO_LONGEST = 7


def next_due(
    attempts: int,
    first_due_at: datetime,
    now: datetime,
    jitter: float,
    asked: timedelta = timedelta(),
) -> datetime | None:
    """Return when to call again after a failed call, or None when the day is over.

    The delays are 5 s, 15 s, 45 s ... up to 3 h, each up to a quarter longer. The last call is made a
    day after the first was due.

    `attempts` counts the calls made, at least one. `jitter` in 0..1 says how much of the lengthening to
    take. `asked` is the receiver's own wish for a pause (Retry-After): it lengthens the delay, never the day.
    """
    end = first_due_at + GIVE_UP_AFTER
    if now >= end:
        return None
    growth: int = GROWTH ** min(attempts - 1, _STEPS_TO_LONGEST)
    delay = min(FIRST_DELAY * growth, LONGEST_DELAY)
    pause = max(delay * (1 + JITTER_SHARE * jitter), asked)
    return min(now + pause, end)


def requested_pause(retry_after: str | None, now: datetime) -> timedelta:
    """Return the pause that a Retry-After header asks for (RFC 9110, 10.2.3), at most a day.

    A missing or unreadable header and a moment in the past ask for none.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        # More digits than a day has seconds: the length of the number is the receiver's choice.
        return min(timedelta(seconds=int(text[:6])), GIVE_UP_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return timedelta()
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta()), GIVE_UP_AFTER)

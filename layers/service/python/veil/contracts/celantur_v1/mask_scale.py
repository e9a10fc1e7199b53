"""The parameter `mask-scale` of a mask's download (contracts/celantur.md C.7)."""

from collections.abc import Mapping, Sequence

from veil.http.errors import HttpError
from veil.http.json_body import JsonError, canonical, strict_json

MASK_SCALE = "mask-scale"
FULL = 100


def read_mask_scale(query: Mapping[str, Sequence[str]]) -> float | None:
    """Return the size that is asked for in percent of the mask, 0 to 100; None where it is the mask's own.

    Raises:
        HttpError: It is no number, or out of range.
    """
    texts = [text for key, values in query.items() if canonical(key) == canonical(MASK_SCALE) for text in values]
    if not texts or texts == [""]:
        return None
    scale = _number(texts)
    return None if scale == FULL else scale


def _number(texts: Sequence[str]) -> float:
    try:
        (text,) = texts
        value = strict_json(text)
    except (ValueError, JsonError) as error:
        raise _refused() from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= FULL:
        raise _refused()
    return value


def _refused() -> HttpError:
    return HttpError(400, f"{MASK_SCALE} must be one number from 0 to {FULL}.")

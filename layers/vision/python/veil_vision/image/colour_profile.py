"""ICC profiles: only whole ones that fit the image are carried on."""

MAX_PROFILE_BYTES = 4 << 20
_HEADER_BYTES = 128
_SPACE_OF_CHANNELS = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}


def usable_profile(profile: bytes, *, channels: int) -> bytes | None:
    """Return the profile without anything behind its announced end, or None where it does not fit the channels.

    Header layout: ICC.1:2022, section 7.2 (size at 0, colour space at 16, signature at 36).
    """
    size = int.from_bytes(profile[:4], "big")
    fits = profile[16:20] == _SPACE_OF_CHANNELS.get(channels) and profile[36:40] == b"acsp"
    return profile[:size] if fits and _HEADER_BYTES < size <= min(len(profile), MAX_PROFILE_BYTES) else None
